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
