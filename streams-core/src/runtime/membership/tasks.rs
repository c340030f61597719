//! From partitions to tasks: sub-topology *s* on partition *p* reads partition *p* of all topics of *s* (feature R69).

use crate::error::{Error, Result};
use crate::runtime::events::TopicPartition;
use crate::runtime::topics::{ClusterTopics, sources_of};
use crate::task_id::TaskId;
use crate::topology::BuiltTopology;

use super::Assignment;

/// The tasks that partitions assigned by topic amount to.
///
/// # Errors
/// A task with state would be shared with another member: its topics have different numbers of partitions.
pub(super) fn tasks_of(
    topology: &BuiltTopology,
    cluster: &ClusterTopics,
    partitions: &[TopicPartition],
) -> Result<Assignment> {
    let mut tasks = Assignment::new();
    for subtopology in topology.subtopologies() {
        let sources = sources_of(subtopology, cluster);
        for partition in partitions.iter().filter(|partition| sources.contains(&partition.topic)) {
            let id = TaskId::new(subtopology.id(), partition.partition);
            tasks.entry(id).or_default().push(partition.clone());
        }
        if !subtopology.is_stateful() {
            continue;
        }
        let own = tasks.iter().filter(|(id, _)| id.subtopology == subtopology.id());
        for (id, given) in own {
            let exists = |topic: &str| cluster.get(topic).is_some_and(|count| *count > id.partition);
            let missing: Vec<&str> = sources
                .iter()
                .map(|topic| &**topic)
                .filter(|topic| exists(topic) && !given.iter().any(|partition| &*partition.topic == *topic))
                .collect();
            if !missing.is_empty() {
                return Err(not_copartitioned(*id, &missing, cluster, sources.iter().map(|topic| &**topic)));
            }
        }
    }
    Ok(tasks)
}

fn not_copartitioned<'a>(
    task: TaskId,
    missing: &[&str],
    cluster: &ClusterTopics,
    sources: impl Iterator<Item = &'a str>,
) -> Error {
    let counts: Vec<String> =
        sources.map(|topic| format!("{topic}: {}", cluster.get(topic).copied().unwrap_or(0))).collect();
    Error::topology(format!(
        "the group gave partition {} of {} to another instance than the rest of task {task}, whose state cannot be \
         shared. The plain consumer group assigns by topic, so all topics of sub-topology {} need the same number of \
         partitions (they have {}); and all instances must run the same topology",
        task.partition,
        missing.join(", "),
        task.subtopology,
        counts.join(", ")
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::tasks_of;
    use crate::runtime::events::TopicPartition;
    use crate::runtime::topics::ClusterTopics;
    use crate::{
        BuiltTopology, ErrorKind, KeyValueStoreBuilder, Processor, ProcessorContext, Record, Source,
        StreamsConfig, Topology,
    };

    struct Ignore;

    impl Processor<String, String, (), ()> for Ignore {
        fn process(
            &mut self,
            _: Record<String, String>,
            _: &mut ProcessorContext<'_, (), ()>,
        ) -> Result<(), crate::BoxError> {
            Ok(())
        }
    }

    /// One sub-topology that reads `a` and `b`, with state or without.
    fn topology(stateful: bool) -> Arc<BuiltTopology> {
        let mut topology = Topology::new();
        topology.add_source(Source::<String, String>::new("a", ["a"])).unwrap();
        topology.add_source(Source::<String, String>::new("b", ["b"])).unwrap();
        topology.add_processor("ignore", || Ignore, ["a", "b"]).unwrap();
        if stateful {
            let store = KeyValueStoreBuilder::<String, String>::in_memory("store");
            topology.add_state_store(store, ["ignore"]).unwrap();
        }
        topology.build(&StreamsConfig::builder().application_id("app").build().unwrap()).unwrap()
    }

    fn cluster(a: i32, b: i32) -> ClusterTopics {
        ClusterTopics::from([("a".to_owned(), a), ("b".to_owned(), b)])
    }

    fn partitions(list: &[(&str, i32)]) -> Vec<TopicPartition> {
        list.iter().map(|(topic, partition)| TopicPartition::new(*topic, *partition)).collect()
    }

    #[test]
    fn a_task_reads_its_partition_of_all_topics() {
        let given = partitions(&[("a", 1), ("b", 1), ("a", 3), ("b", 3)]);
        let tasks = tasks_of(&topology(true), &cluster(4, 4), &given).unwrap();
        let ids: Vec<String> = tasks.keys().map(ToString::to_string).collect();
        assert_eq!(ids, ["0_1", "0_3"]);
        assert!(tasks.values().all(|partitions| partitions.len() == 2));
    }

    #[test]
    fn a_shorter_topic_leaves_the_last_tasks_with_one_partition() {
        let given = partitions(&[("a", 0), ("a", 1), ("b", 0)]);
        assert_eq!(tasks_of(&topology(true), &cluster(2, 1), &given).unwrap().len(), 2);
    }

    #[test]
    fn a_task_with_state_cannot_be_shared_by_two_members() {
        let given = partitions(&[("a", 2), ("a", 3), ("b", 1)]);
        let error = tasks_of(&topology(true), &cluster(4, 2), &given).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Topology);
        assert!(error.to_string().contains("partition 1 of a"), "{error}");
        assert!(error.to_string().contains("a: 4, b: 2"), "{error}");
        assert_eq!(tasks_of(&topology(false), &cluster(4, 2), &given).unwrap().len(), 3);
    }
}
