//! The topics that a stream reads.

use std::collections::BTreeSet;
use std::sync::Arc;

use streams_core::TopicPattern;

/// The topics that a stream reads: one, several, or all that match a pattern.
///
/// Made from a name, from several names, or from a [`TopicPattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Topics {
    /// Topics by name. Records of different topics come in no particular order.
    Names(Vec<Arc<str>>),
    /// All topics whose whole name matches.
    Pattern(TopicPattern),
}

impl Topics {
    /// The same topics, each named once.
    pub(crate) fn each_once(mut self) -> Self {
        if let Self::Names(names) = &mut self {
            let mut seen = BTreeSet::new();
            names.retain(|name| seen.insert(Arc::clone(name)));
        }
        self
    }
}

impl From<&str> for Topics {
    fn from(topic: &str) -> Self {
        Self::Names(vec![topic.into()])
    }
}

impl From<String> for Topics {
    fn from(topic: String) -> Self {
        Self::Names(vec![topic.into()])
    }
}

impl From<&String> for Topics {
    fn from(topic: &String) -> Self {
        Self::from(topic.as_str())
    }
}

impl<T: Into<Arc<str>>, const N: usize> From<[T; N]> for Topics {
    fn from(topics: [T; N]) -> Self {
        Self::Names(topics.into_iter().map(Into::into).collect())
    }
}

impl<T: Into<Arc<str>>> From<Vec<T>> for Topics {
    fn from(topics: Vec<T>) -> Self {
        Self::Names(topics.into_iter().map(Into::into).collect())
    }
}

impl From<TopicPattern> for Topics {
    fn from(pattern: TopicPattern) -> Self {
        Self::Pattern(pattern)
    }
}
