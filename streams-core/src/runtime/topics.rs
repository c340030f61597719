//! The topics of an application: its inputs are there, its internal topics are created and as they must be.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::admin::{Admin, TopicSpec};
use crate::error::{Error, ErrorKind, Result};
use crate::topology::{BuiltTopology, InternalTopicKind, Subtopology};

/// How long a created topic may take to show up in the cluster's metadata.
const CREATION_TIMEOUT: Duration = Duration::from_secs(30);

/// All topics of the cluster with their numbers of partitions.
pub(crate) type ClusterTopics = BTreeMap<String, i32>;

/// What a look at the cluster found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Topics {
    /// All topics are there.
    Ready(Arc<ClusterTopics>),
    /// These input topics (or patterns) are not.
    Missing(Vec<String>),
}

/// Creates and checks topics; one for all threads of an application.
#[derive(Debug)]
pub(crate) struct TopicManager {
    admin: Admin,
    topology: Arc<BuiltTopology>,
    replication_factor: i32,
    // One thread at a time creates topics.
    turn: Mutex<()>,
}

impl TopicManager {
    pub(crate) fn new(admin: Admin, topology: Arc<BuiltTopology>, replication_factor: i32) -> Self {
        Self { admin, topology, replication_factor, turn: Mutex::new(()) }
    }

    pub(crate) fn topology(&self) -> &Arc<BuiltTopology> {
        &self.topology
    }

    /// Checks the input topics, and creates or checks the internal ones. Blocks.
    ///
    /// # Errors
    /// [`ErrorKind::Retry`]: the cluster does not answer. Otherwise a topic is not as the topology needs it.
    pub(crate) fn ensure(&self) -> Result<Topics> {
        let _turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let cluster = self.admin.topics()?;
        let missing = missing_inputs(&self.topology, &cluster);
        if !missing.is_empty() {
            return Ok(Topics::Missing(missing));
        }
        let wanted = self.wanted(&cluster)?;
        check_existing(&wanted, &cluster)?;
        let new: Vec<TopicSpec> =
            wanted.into_iter().filter(|topic| !cluster.contains_key(&topic.name)).collect();
        if new.is_empty() {
            return Ok(Topics::Ready(Arc::new(cluster)));
        }
        self.admin.create(&new, self.replication_factor)?;
        self.await_created(&new).map(|cluster| Topics::Ready(Arc::new(cluster)))
    }

    fn wanted(&self, cluster: &ClusterTopics) -> Result<Vec<TopicSpec>> {
        let counts = self.topology.partition_counts(cluster)?;
        let internal = self.topology.internal_topics().values();
        let internal = internal.filter(|topic| topic.kind != InternalTopicKind::SourceAsChangelog);
        Ok(internal
            .filter_map(|topic| {
                let partitions = *counts.internal_topics.get(&topic.name)?;
                Some(TopicSpec { name: topic.name.to_string(), partitions, config: topic.config.clone() })
            })
            .collect())
    }

    /// Waits until what was created can be seen.
    fn await_created(&self, new: &[TopicSpec]) -> Result<ClusterTopics> {
        let started = Instant::now();
        loop {
            let cluster = self.admin.topics()?;
            if new.iter().all(|topic| cluster.contains_key(&topic.name)) {
                check_existing(new, &cluster)?;
                return Ok(cluster);
            }
            if started.elapsed() > CREATION_TIMEOUT {
                let names: Vec<&str> = new.iter().map(|topic| topic.name.as_str()).collect();
                let message =
                    format!("internal topics were created and do not show up: {}", names.join(", "));
                return Err(Error::new(ErrorKind::Retry, message));
            }
            std::thread::park_timeout(Duration::from_millis(50));
        }
    }
}

/// The topics that a sub-topology reads, patterns resolved.
pub(crate) fn sources_of(subtopology: &Subtopology, cluster: &ClusterTopics) -> BTreeSet<Arc<str>> {
    let matched = cluster
        .keys()
        .filter(|topic| subtopology.source_patterns().iter().any(|pattern| pattern.matches(topic.as_str())));
    subtopology.source_topics().iter().cloned().chain(matched.map(|topic| topic.as_str().into())).collect()
}

/// Input topics that are named and do not exist, and patterns that match nothing.
fn missing_inputs(topology: &BuiltTopology, cluster: &ClusterTopics) -> Vec<String> {
    let mut missing = BTreeSet::new();
    for subtopology in topology.subtopologies() {
        for topic in subtopology.source_topics() {
            let internal = topology.internal_topics().get(topic);
            let ours = internal.is_some_and(|topic| topic.kind == InternalTopicKind::Repartition);
            if !ours && !cluster.contains_key(&**topic) {
                missing.insert(topic.to_string());
            }
        }
        for pattern in subtopology.source_patterns() {
            if !cluster.keys().any(|topic| pattern.matches(topic)) {
                missing.insert(format!("pattern {}", pattern.as_str()));
            }
        }
    }
    missing.extend(
        global_topics(topology)
            .filter(|topic| !cluster.contains_key(&**topic))
            .map(|topic| topic.to_string()),
    );
    missing.into_iter().collect()
}

/// The topics that fill the global stores.
pub(crate) fn global_topics(topology: &BuiltTopology) -> impl Iterator<Item = Arc<str>> {
    let plan = topology.global_plan();
    let stores = plan.into_iter().flat_map(|plan| plan.stores.iter());
    stores.filter_map(|store| store.changelog.clone())
}

/// Topics that exist must have the number of partitions that the topology needs: no other number restores its state.
fn check_existing(wanted: &[TopicSpec], cluster: &ClusterTopics) -> Result<()> {
    for topic in wanted {
        let Some(found) = cluster.get(&topic.name) else { continue };
        if *found != topic.partitions {
            return Err(Error::topology(format!(
                "internal topic `{}` has {found} partitions and the topology needs {}: either the input topics changed \
                 their number of partitions, or another topology uses this `application.id`. Use another \
                 `application.id`; or stop all instances, delete the topic, reset the application's offsets and start \
                 anew",
                topic.name, topic.partitions
            )));
        }
    }
    Ok(())
}

/// What to say about missing input topics.
pub(crate) fn missing_error(missing: &[String]) -> Error {
    Error::topology(format!(
        "input topics do not exist: {}; create them before the application starts (Kafka does not create them on \
         reading), or correct their names in the topology",
        missing.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use super::{ClusterTopics, check_existing, missing_error};
    use crate::ErrorKind;
    use crate::runtime::admin::TopicSpec;

    #[test]
    fn a_wrong_number_of_partitions_is_named_with_its_topic() {
        let cluster = ClusterTopics::from([("app-counts-changelog".to_owned(), 3)]);
        let spec = |name: &str, partitions| TopicSpec {
            name: name.to_owned(),
            partitions,
            config: Default::default(),
        };
        check_existing(&[spec("app-counts-changelog", 3), spec("app-new-changelog", 9)], &cluster).unwrap();
        let error = check_existing(&[spec("app-counts-changelog", 4)], &cluster).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        assert!(
            error.to_string().starts_with(
                "internal topic `app-counts-changelog` has 3 partitions and the topology needs 4"
            )
        );
    }

    #[test]
    fn missing_topics_are_all_named() {
        let error = missing_error(&["lines".to_owned(), "pattern in-.*".to_owned()]);
        assert!(error.to_string().contains("lines, pattern in-.*"), "{error}");
    }
}
