//! What a user says about a source node.

use std::fmt;
use std::sync::Arc;

use super::node_spec::{NodeKind, NodeSpec, RecordType};
use super::offset_reset::AutoOffsetReset;
use super::pattern::TopicPattern;
use super::plan::SourceTopics;
use crate::error::Result;
use crate::processor::SourceNode;
use crate::serde::{DefaultSerde, Serde};
use crate::time::TimestampExtractor;

/// A source node: the topics it reads, and how their records are read.
///
/// ```
/// use streams_core::{AutoOffsetReset, Source};
///
/// let source = Source::<String, i64>::new("clicks", ["clicks-eu", "clicks-us"])
///     .with_offset_reset(AutoOffsetReset::Latest);
/// ```
pub struct Source<K, V> {
    pub(super) name: Arc<str>,
    pub(super) topics: SourceTopics,
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    extractor: Option<Arc<dyn TimestampExtractor<K, V>>>,
    reset: Option<AutoOffsetReset>,
}

fn names<T: Into<Arc<str>>>(topics: impl IntoIterator<Item = T>) -> SourceTopics {
    SourceTopics::Names(topics.into_iter().map(Into::into).collect())
}

impl<K: DefaultSerde, V: DefaultSerde> Source<K, V> {
    /// A source called `name` that reads topics with the types' default serdes.
    pub fn new<T: Into<Arc<str>>>(name: impl Into<Arc<str>>, topics: impl IntoIterator<Item = T>) -> Self {
        Self::with_serdes(name, topics, K::default_serde(), V::default_serde())
    }

    /// A source called `name` that reads all topics whose whole name matches a regular expression.
    ///
    /// # Errors
    /// As [`TopicPattern::new`].
    pub fn matching(name: impl Into<Arc<str>>, pattern: &str) -> Result<Self> {
        Ok(Self::matching_with_serdes(
            name,
            TopicPattern::new(pattern)?,
            K::default_serde(),
            V::default_serde(),
        ))
    }
}

impl<K, V> Source<K, V> {
    /// A source called `name` that reads topics with these serdes.
    pub fn with_serdes<T: Into<Arc<str>>>(
        name: impl Into<Arc<str>>,
        topics: impl IntoIterator<Item = T>,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
    ) -> Self {
        Self::of(name.into(), names(topics), key_serde, value_serde)
    }

    /// A source called `name` that reads all topics that match `pattern`, with these serdes.
    pub fn matching_with_serdes(
        name: impl Into<Arc<str>>,
        pattern: TopicPattern,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
    ) -> Self {
        Self::of(name.into(), SourceTopics::Pattern(pattern), key_serde, value_serde)
    }

    fn of(name: Arc<str>, topics: SourceTopics, key_serde: Serde<K>, value_serde: Serde<V>) -> Self {
        Self { name, topics, key_serde, value_serde, extractor: None, reset: None }
    }

    /// The same source with another serde for keys.
    #[must_use]
    pub fn with_key_serde(mut self, serde: Serde<K>) -> Self {
        self.key_serde = serde;
        self
    }

    /// The same source with another serde for values.
    #[must_use]
    pub fn with_value_serde(mut self, serde: Serde<V>) -> Self {
        self.value_serde = serde;
        self
    }

    /// The same source with a timestamp extractor of its own, instead of `default.timestamp.extractor`.
    #[must_use]
    pub fn with_timestamp_extractor(self, extractor: impl TimestampExtractor<K, V>) -> Self {
        self.with_shared_timestamp_extractor(Arc::new(extractor))
    }

    pub(super) fn without_timestamp_extractor(self) -> Self {
        Self { extractor: None, ..self }
    }

    /// As [`Source::with_timestamp_extractor`], for an extractor that others hold too.
    #[must_use]
    pub fn with_shared_timestamp_extractor(mut self, extractor: Arc<dyn TimestampExtractor<K, V>>) -> Self {
        self.extractor = Some(extractor);
        self
    }

    /// The same source with a start of its own, instead of the consumer's `auto.offset.reset` (KIP-1106).
    #[must_use]
    pub fn with_offset_reset(mut self, reset: AutoOffsetReset) -> Self {
        self.reset = Some(reset);
        self
    }
}

impl<K: Clone + Send + 'static, V: Clone + Send + 'static> Source<K, V> {
    pub(super) fn into_spec(self, global: bool) -> NodeSpec {
        let Self { name, topics, key_serde, value_serde, extractor, reset } = self;
        NodeSpec {
            name,
            parents: Vec::new(),
            input: None,
            output: Some(RecordType::of::<K, V>()),
            kind: NodeKind::Source { topics, reset, global },
            make: Arc::new(move |_| {
                let (key_serde, value_serde, extractor) =
                    (key_serde.clone(), value_serde.clone(), extractor.clone());
                Arc::new(move || {
                    let node = SourceNode::new(key_serde.clone(), value_serde.clone(), extractor.clone());
                    Box::new(node)
                })
            }),
        }
    }
}

impl<K, V> fmt::Debug for Source<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .field("topics", &self.topics)
            .finish_non_exhaustive()
    }
}
