//! Where partitions are read from.

use std::collections::BTreeMap;
use std::time::Duration;

use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};

use super::StreamThread;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, Result};
use crate::runtime::events::TopicPartition;
use crate::runtime::kafka_error::client_error;
use crate::topology::AutoOffsetReset;

/// How long one question to the cluster may take: short, for the group is not polled meanwhile.
const TIMEOUT: Duration = Duration::from_secs(5);

/// What is committed for a partition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Committed {
    pub(super) offset: i64,
    pub(super) metadata: String,
}

impl StreamThread {
    /// Asks the group for committed offsets.
    pub(super) fn fetch_committed(
        &self,
        partitions: &[TopicPartition],
    ) -> Result<BTreeMap<TopicPartition, Committed>> {
        if partitions.is_empty() {
            return Ok(BTreeMap::new());
        }
        let mut list = TopicPartitionList::with_capacity(partitions.len());
        for partition in partitions {
            list.add_partition(&partition.topic, partition.partition);
        }
        let committed = self.consumer.committed_offsets(list, TIMEOUT);
        committed
            .map(|list| committed_of(&list))
            .map_err(|error| client_error("read committed offsets", &error))
    }

    /// The offset to start at: the committed one, or what the topic's reset policy says (feature R32).
    pub(super) fn start_offset(
        &self,
        partition: &TopicPartition,
        committed: &BTreeMap<TopicPartition, Committed>,
    ) -> Result<Offset> {
        match committed.get(partition) {
            Some(committed) => Ok(Offset::Offset(committed.offset)),
            None => self.reset_offset(partition, "there is no committed offset"),
        }
    }

    /// The offset that the reset policy of the partition's topic says.
    pub(super) fn reset_offset(&self, partition: &TopicPartition, why: &str) -> Result<Offset> {
        let policy = match self.app.topology.offset_reset(&partition.topic) {
            Some(policy) => policy,
            None => default_policy(&self.app.settings.default_reset)?,
        };
        match policy {
            AutoOffsetReset::Earliest => Ok(Offset::Beginning),
            AutoOffsetReset::Latest => Ok(Offset::End),
            AutoOffsetReset::ByDuration(age) => self.offset_by_age(partition, age),
            AutoOffsetReset::None => Err(Error::data(format!(
                "topic `{}`, partition {}: {why}, and the reset policy is `none`; set `auto.offset.reset` or commit an \
                 offset for group `{}`",
                partition.topic, partition.partition, self.app.settings.application_id
            ))),
        }
    }

    fn offset_by_age(&self, partition: &TopicPartition, age: Duration) -> Result<Offset> {
        let age = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let time = SystemClock.now_ms().saturating_sub(age).max(0);
        let mut list = TopicPartitionList::with_capacity(1);
        let what = format!("find the offset of {partition} by time");
        list.add_partition_offset(&partition.topic, partition.partition, Offset::Offset(time))
            .map_err(|error| client_error(&what, &error))?;
        let found =
            self.consumer.offsets_for_times(list, TIMEOUT).map_err(|error| client_error(&what, &error))?;
        let offset = found.elements().first().map(|element| element.offset());
        Ok(match offset {
            Some(Offset::Offset(offset)) => Offset::Offset(offset),
            _ => Offset::End,
        })
    }
}

fn committed_of(list: &TopicPartitionList) -> BTreeMap<TopicPartition, Committed> {
    let elements = list.elements();
    let with_offset = elements.iter().filter_map(|element| {
        let Offset::Offset(offset) = element.offset() else { return None };
        let partition = TopicPartition::new(element.topic(), element.partition());
        Some((partition, Committed { offset, metadata: element.metadata().to_owned() }))
    });
    with_offset.collect()
}

/// The consumer's own `auto.offset.reset`.
fn default_policy(text: &str) -> Result<AutoOffsetReset> {
    match text {
        "earliest" => Ok(AutoOffsetReset::Earliest),
        "latest" => Ok(AutoOffsetReset::Latest),
        "none" => Ok(AutoOffsetReset::None),
        other => Err(Error::config(format!(
            "`consumer.auto.offset.reset` = `{other}` is none of `earliest`, `latest`, `none`"
        ))),
    }
}
