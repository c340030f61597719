//! Consumers, and how far they have come.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, ConsumerContext, Rebalance, StreamConsumer};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientContext, Offset, TopicPartitionList};
use tokio::sync::Notify;

use crate::args::ConsumeArgs;
use crate::client::Client;
use crate::failure::Failure;

/// The partitions that a consumer has, and which of them are read to the end.
#[derive(Debug, Default)]
struct Progress {
    /// In a group, nothing is until the group has shared out the partitions.
    settled: bool,
    open: BTreeSet<(String, i32)>,
}

/// Follows the partitions that a group gives to a consumer and takes from it.
#[derive(Debug, Clone)]
pub(super) struct Assignment {
    progress: Arc<Mutex<Progress>>,
    changed: Arc<Notify>,
}

impl Assignment {
    fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ClientContext for Assignment {}

impl ConsumerContext for Assignment {
    fn post_rebalance(&self, _consumer: &BaseConsumer<Self>, rebalance: &Rebalance<'_>) {
        let names = |list: &TopicPartitionList| -> Vec<_> {
            list.elements().iter().map(|at| (at.topic().to_owned(), at.partition())).collect()
        };
        let mut progress = self.progress();
        match rebalance {
            Rebalance::Assign(list) => {
                progress.open.extend(names(list));
                progress.settled = true;
            }
            Rebalance::Revoke(list) => {
                progress.open.retain(|partition| !names(list).contains(partition));
                progress.settled = false;
            }
            Rebalance::Error(_) => {}
        }
        self.changed.notify_one();
    }
}

/// A consumer of some topics.
pub(super) struct Reader {
    pub(super) consumer: StreamConsumer<Assignment>,
    assignment: Assignment,
}

impl Reader {
    /// Begins to read; `changed` is told when a group has shared out its partitions.
    pub(super) fn new(
        args: &ConsumeArgs,
        topics: &[(&str, Vec<i32>)],
        probe: &Client,
        changed: &Arc<Notify>,
    ) -> Result<Self, Failure> {
        let in_group = args.group.is_some();
        let config = args.connection.config(&[
            ("group.id", args.group.as_deref().unwrap_or("streams-cli")),
            ("enable.auto.commit", if in_group { "true" } else { "false" }),
            ("enable.auto.offset.store", "false"),
            ("enable.partition.eof", "true"),
            // Without a group there is a position to begin with: if its records are gone, the next ones are read.
            ("auto.offset.reset", if in_group && !args.from_beginning { "latest" } else { "earliest" }),
        ]);
        let assignment = Assignment { progress: Arc::default(), changed: changed.clone() };
        let consumer: StreamConsumer<Assignment> = config.create_with_context(assignment.clone())?;
        if in_group {
            consumer.subscribe(&topics.iter().map(|(topic, _)| *topic).collect::<Vec<_>>())?;
            return Ok(Self { consumer, assignment });
        }
        let mut list = TopicPartitionList::new();
        for (topic, partitions) in topics {
            for partition in partitions {
                list.add_partition_offset(topic, *partition, begin(args, probe, topic, *partition)?)?;
                assignment.progress().open.insert(((*topic).to_owned(), *partition));
            }
        }
        assignment.progress().settled = true;
        consumer.assign(&list)?;
        Ok(Self { consumer, assignment })
    }

    /// Notes the end of a partition. There is one topic then: the event does not name it.
    pub(super) fn ended(&self, partition: i32) {
        self.assignment.progress().open.retain(|(_, open)| *open != partition);
    }

    /// Commits for the group what was printed.
    pub(super) fn commit(&self) -> Result<(), Failure> {
        match self.consumer.commit_consumer_state(CommitMode::Sync) {
            Ok(()) | Err(KafkaError::ConsumerCommit(RDKafkaErrorCode::NoOffset)) => Ok(()),
            Err(error) => Err(Failure::of("the group's offsets were not committed", error)),
        }
    }

    /// Whether all partitions are read to the end.
    pub(super) fn is_done(&self) -> bool {
        let progress = self.assignment.progress();
        progress.settled && progress.open.is_empty()
    }
}

/// Where to begin with a partition.
fn begin(args: &ConsumeArgs, probe: &Client, topic: &str, partition: i32) -> Result<Offset, Failure> {
    match args.offset {
        Some(offset) => {
            let (low, high) = probe.fetch_watermarks(topic, partition, args.connection.timeout())?;
            Ok(Offset::Offset(offset.clamp(low, high)))
        }
        None if args.from_beginning => Ok(Offset::Beginning),
        None => Ok(Offset::End),
    }
}
