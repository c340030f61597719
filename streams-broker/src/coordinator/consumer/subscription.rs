//! Which topics a member reads: those that it names, and those that match its regular expression.

use super::group::{ConsumerGroup, ConsumerMember};
use crate::coordinator::topics::{TopicImage, TopicView, hash_of};
use regex::Regex;
use std::collections::{BTreeMap, BTreeSet};

/// Compiles a pattern that must match a whole name. Kafka's RE2J and this crate speak the same language.
pub(crate) fn compile(pattern: &str) -> Option<Regex> {
    Regex::new(&format!("^(?:{pattern})$")).ok()
}

impl ConsumerMember {
    /// Whether it reads a topic of this name.
    pub(crate) fn reads(&self, topic: &str) -> bool {
        self.metadata.subscribed_topic_names.iter().any(|name| name == topic)
            || self.pattern().is_some_and(|pattern| pattern.is_match(topic))
    }

    fn pattern(&self) -> Option<Regex> {
        self.metadata.subscribed_topic_regex.as_deref().filter(|p| !p.is_empty()).and_then(compile)
    }

    /// The topics that it reads and that exist; a pattern finds the broker's own too, as on Apache Kafka.
    fn topics(&self, topics: &dyn TopicView) -> BTreeMap<String, TopicImage> {
        let named = self.metadata.subscribed_topic_names.iter().filter_map(|name| topics.by_name(name));
        let mut found: BTreeMap<String, TopicImage> = named.map(|t| (t.name.clone(), t)).collect();
        if let Some(pattern) = self.pattern() {
            let matching = topics.names().into_iter().filter(|name| pattern.is_match(name));
            found.extend(matching.filter_map(|name| topics.by_name(&name).map(|t| (name, t))));
        }
        found
    }
}

/// What the members read, resolved against the topics of now.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    /// The topics of each member.
    pub(crate) members: BTreeMap<String, BTreeSet<String>>,
    pub(crate) topics: BTreeMap<String, TopicImage>,
}

impl Subscriptions {
    pub(crate) fn resolve(group: &ConsumerGroup, topics: &dyn TopicView) -> Self {
        let mut all = Self::default();
        for (id, member) in &group.members {
            let found = member.topics(topics);
            all.members.insert(id.clone(), found.keys().cloned().collect());
            all.topics.extend(found);
        }
        all
    }

    /// A number that changes with the topics' ids and partitions.
    pub(crate) fn hash(&self) -> i64 {
        hash_of(self.topics.values().cloned())
    }
}
