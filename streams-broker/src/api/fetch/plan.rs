//! Reading of the partitions that a Fetch asks for.

use std::sync::Arc;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::TopicName;
use uuid::Uuid;

use super::Limits;
use crate::api::support::{Failure, check_leader_epoch, find_topic};
use crate::broker::Broker;
use crate::log::{LogError, PartitionLog, ReadResult};
use crate::topics::Partition;

/// A partition that is asked for.
#[derive(Debug, Clone)]
pub(super) struct Wanted {
    /// The topic's name, up to version 12.
    pub(super) topic: TopicName,
    /// The topic's id, from version 13.
    pub(super) topic_id: Uuid,
    /// The partition's number.
    pub(super) partition: i32,
    /// Offset to read from.
    pub(super) offset: i64,
    /// Most bytes from this partition.
    pub(super) max_bytes: i32,
    /// The leader's epoch as the client knows it; negative if it does not.
    pub(super) leader_epoch: i32,
    /// Epoch of the last record that the client has; negative if it does not know.
    pub(super) last_fetched_epoch: i32,
}

/// What was found in a partition.
#[derive(Debug, Clone)]
pub(super) struct Outcome {
    /// What was asked for.
    pub(super) wanted: Wanted,
    /// The partition, if it is there.
    pub(super) partition: Option<Arc<Partition>>,
    /// The leader and its epoch, for who asked the wrong one.
    pub(super) leader: Option<(i32, i32)>,
    /// An error, or 0.
    pub(super) error: i16,
    /// Records and offsets.
    pub(super) result: ReadResult,
    /// Epoch and offset at which the client's log diverges from this one.
    pub(super) diverging: Option<(i32, i64)>,
    /// When what was read was last written to: see [`Partition::last_append`].
    pub(super) last_append: u64,
}

impl Outcome {
    /// A partition of which nothing can be said but an error.
    pub(super) fn failed(wanted: Wanted, error: i16) -> Self {
        let result = ReadResult {
            high_watermark: -1,
            last_stable_offset: -1,
            log_start_offset: -1,
            ..ReadResult::default()
        };
        Outcome { wanted, partition: None, leader: None, error, result, diverging: None, last_append: 0 }
    }

    /// Whether the client asks for what this broker has not got.
    fn is_unknown(&self) -> bool {
        self.error != 0 && self.partition.is_none()
    }

    /// Bytes of records.
    pub(super) fn bytes(&self) -> usize {
        self.result.records.as_ref().map_or(0, |slice| slice.length)
    }
}

/// What was found in all partitions.
pub(super) struct Read {
    /// In the order in which they were asked for.
    pub(super) outcomes: Vec<Outcome>,
    bytes: usize,
    urgent: bool,
    unknown: usize,
}

impl Read {
    /// Whether the answer need not wait for more. For partitions that there are none of at the first look at them,
    /// `first`, the others are waited for all the same.
    pub(super) fn complete(&self, limits: &Limits, first: Option<&Read>) -> bool {
        let unknown = first.map_or(self.unknown, |first| first.unknown);
        self.urgent
            || self.bytes >= limits.min_bytes
            || self.unknown != unknown
            || self.unknown == self.outcomes.len()
    }
}

/// Reads all partitions.
pub(super) fn read(broker: &Broker, version: i16, wanted: &[Wanted], limits: &Limits) -> Read {
    let mut read = Read { outcomes: Vec::with_capacity(wanted.len()), bytes: 0, urgent: false, unknown: 0 };
    let mut left = limits.max_bytes;
    for wanted in wanted {
        let outcome = read_partition(broker, version, wanted, limits, left, read.bytes == 0);
        read.bytes += outcome.result.counted;
        match outcome.is_unknown() {
            true => read.unknown += 1,
            false => {
                let counted = i32::try_from(outcome.result.counted).unwrap_or(i32::MAX);
                left = left.saturating_sub(counted).max(0);
                read.urgent |= outcome.error != 0 || outcome.diverging.is_some();
            }
        }
        read.outcomes.push(outcome);
    }
    read
}

fn read_partition(
    broker: &Broker,
    version: i16,
    wanted: &Wanted,
    limits: &Limits,
    left: i32,
    at_least_one: bool,
) -> Outcome {
    let mut outcome = Outcome::failed(wanted.clone(), 0);
    let found = find_topic(broker, &wanted.topic, wanted.topic_id, version >= 13)
        .and_then(|topic| topic.partition(wanted.partition).ok_or(ResponseError::UnknownTopicOrPartition));
    let partition = match found {
        Ok(partition) => partition,
        Err(error) => {
            outcome.error = error.code();
            return outcome;
        }
    };
    if let Err(error) = read_log(&partition, &mut outcome, limits, left, at_least_one) {
        outcome.error = error;
    }
    outcome.leader = Some((broker.node_id(), partition.leader_epoch()));
    outcome.partition = Some(partition);
    outcome
}

/// Reads into `outcome`; otherwise gives the error's code.
fn read_log(
    partition: &Partition,
    outcome: &mut Outcome,
    limits: &Limits,
    left: i32,
    at_least_one: bool,
) -> Result<(), i16> {
    if limits.follower {
        return Err(ResponseError::NotLeaderOrFollower.code());
    }
    let wanted = &outcome.wanted;
    check_leader_epoch(partition, wanted.leader_epoch.max(-1)).map_err(|error| error.code())?;
    let max_bytes =
        usize::try_from(wanted.max_bytes.min(left)).map_err(|_| ResponseError::UnknownServerError.code())?;
    let mut log = partition.log();
    outcome.last_append = partition.last_append();
    outcome.diverging = diverging(&log, wanted, partition.leader_epoch()).map_err(|error| error.code())?;
    outcome.result = match outcome.diverging {
        Some(_) => log.nothing(),
        None => log.read(wanted.offset, max_bytes, limits.isolation, at_least_one).map_err(|error| {
            if let LogError::Io(error) = &error {
                tracing::error!(dir = %log.dir().display(), %error, "cannot read a log");
            }
            Failure::from(error).code
        })?,
    };
    Ok(())
}

/// Where the client's log parts from this one (KIP-595), if the client says what it has.
fn diverging(log: &PartitionLog, wanted: &Wanted, current: i32) -> Result<Option<(i32, i64)>, ResponseError> {
    if wanted.last_fetched_epoch < 0 {
        return Ok(None);
    }
    let known = log.end_of_epoch(wanted.last_fetched_epoch, current);
    let (epoch, end) = known.ok_or(ResponseError::OffsetOutOfRange)?;
    if wanted.offset < log.start_offset() {
        return Err(ResponseError::OffsetOutOfRange);
    }
    Ok((epoch < wanted.last_fetched_epoch || end < wanted.offset).then_some((epoch, end)))
}
