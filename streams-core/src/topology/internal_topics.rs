//! Topics that belong to the application itself: repartition topics and changelogs.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::builder::Topology;
use super::names::{GeneratedName, validate_name};
use crate::config::StreamsConfig;
use crate::error::{Error, Result};
use crate::store::StoreBuilder;

/// What is fixed about a repartition topic.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RepartitionOptions {
    /// The number of partitions; `None`: as many as the largest topic that flows into it.
    pub partitions: Option<i32>,
}

/// What an internal topic is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InternalTopicKind {
    /// Carries records by a new key from one sub-topology to the next.
    Repartition,
    /// Restores a store.
    Changelog,
    /// An input topic that also restores a store: it is not created.
    SourceAsChangelog,
}

impl InternalTopicKind {
    /// `repartition`, `changelog` or `source-as-changelog`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Repartition => "repartition",
            Self::Changelog => "changelog",
            Self::SourceAsChangelog => "source-as-changelog",
        }
    }
}

/// A topic that the application needs for itself, and how it is to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InternalTopic {
    /// The full name: `<application.id>-…`, except for source topics.
    pub name: Arc<str>,
    /// What it is for.
    pub kind: InternalTopicKind,
    /// The number of partitions, if it is fixed; otherwise see
    /// [`BuiltTopology::partition_counts`](super::BuiltTopology::partition_counts).
    pub partitions: Option<i32>,
    /// The topic's settings.
    pub config: BTreeMap<String, String>,
}

const CLEANUP_POLICY: &str = "cleanup.policy";
const RETENTION_MS: &str = "retention.ms";

impl Topology {
    /// For the DSL: sources and sinks that name this topic mean the internal topic `<application.id>-<name>`.
    ///
    /// # Errors
    /// [`ErrorKind::Topology`](crate::ErrorKind::Topology): the name is not one of a topic, or there is such a topic
    /// with another number of partitions. [`ErrorKind::Argument`](crate::ErrorKind::Argument): less than one partition.
    pub fn add_repartition_topic(
        &mut self,
        name: impl Into<Arc<str>>,
        options: RepartitionOptions,
    ) -> Result<&mut Self> {
        let name = name.into();
        validate_name(&name)?;
        if let Some(count) = options.partitions.filter(|count| *count < 1) {
            return Err(Error::argument(format!(
                "the repartition topic `{name}` must have at least one partition, not {count}"
            )));
        }
        match self.repartition_topics.get(&name) {
            Some(known) if *known != options => Err(Error::topology(format!(
                "the repartition topic `{name}` cannot have both {:?} and {:?} partitions",
                known.partitions, options.partitions
            ))),
            _ => {
                self.repartition_topics.insert(name, options);
                Ok(self)
            }
        }
    }

    /// For the DSL: this name was made up, not given by the user. With `ensure.explicit.internal.resource.naming`,
    /// [`Topology::build`] then fails and lists all such names (KIP-1111).
    pub fn note_generated_name(&mut self, kind: GeneratedName, name: impl Into<String>) -> &mut Self {
        self.generated.insert(kind, name.into());
        self
    }
}

/// The settings of a repartition topic.
pub(super) fn repartition(
    name: Arc<str>,
    options: RepartitionOptions,
    config: &StreamsConfig,
) -> InternalTopic {
    let mut settings =
        settings(&[(CLEANUP_POLICY, "delete"), ("segment.bytes", "52428800"), (RETENTION_MS, "-1")]);
    settings.extend(config.with_prefix("topic."));
    InternalTopic {
        name,
        kind: InternalTopicKind::Repartition,
        partitions: options.partitions,
        config: settings,
    }
}

/// The settings of a changelog: those of the store's kind, then `topic.*`, then the user's own for this store.
pub(super) fn changelog(
    name: Arc<str>,
    kind: InternalTopicKind,
    store: &dyn StoreBuilder,
    config: &StreamsConfig,
) -> InternalTopic {
    let mut settings = settings(&[(CLEANUP_POLICY, "compact")]);
    settings.extend(store.changelog_config(config.windowstore_changelog_additional_retention_ms()));
    settings.extend(config.with_prefix("topic."));
    settings.extend(store.changelog_overrides());
    InternalTopic { name, kind, partitions: None, config: settings }
}

fn settings(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    let all = [("message.timestamp.type", "CreateTime")];
    all.iter().chain(pairs).map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}
