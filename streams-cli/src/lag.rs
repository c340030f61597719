//! How far groups are behind.

use std::collections::HashMap;

use rdkafka::consumer::Consumer;
use rdkafka::{Offset, TopicPartitionList};

use crate::args::Connection;
use crate::client::Client;
use crate::failure::Failure;

/// A partition that a group has read from.
#[derive(Debug)]
pub(crate) struct Progress {
    pub(crate) topic: String,
    pub(crate) partition: i32,
    /// The offset from which the group reads on.
    pub(crate) committed: i64,
    /// The offset of the partition's next record.
    pub(crate) end: i64,
}

impl Progress {
    /// Records that the group has not read yet.
    pub(crate) fn lag(&self) -> i64 {
        (self.end - self.committed).max(0)
    }
}

/// The ends of partitions. Each is asked for once, however many groups read the partition.
#[derive(Debug, Default)]
pub(crate) struct Ends(HashMap<(String, i32), i64>);

impl Ends {
    /// What the group of this consumer has committed of these partitions, and how far behind it is.
    pub(crate) fn progress(
        &mut self,
        connection: &Connection,
        group: &Client,
        partitions: TopicPartitionList,
    ) -> Result<Vec<Progress>, Failure> {
        let mut found = Vec::new();
        for element in group.committed_offsets(partitions, connection.timeout())?.elements() {
            let Offset::Offset(committed) = element.offset() else { continue };
            let (topic, partition) = (element.topic().to_owned(), element.partition());
            let end = match self.0.get(&(topic.clone(), partition)) {
                Some(end) => *end,
                None => group.fetch_watermarks(&topic, partition, connection.timeout())?.1,
            };
            self.0.insert((topic.clone(), partition), end);
            found.push(Progress { topic, partition, committed, end });
        }
        Ok(found)
    }
}

/// The lag of all these partitions together.
pub(crate) fn total(progress: &[Progress]) -> i64 {
    progress.iter().map(Progress::lag).sum()
}

#[cfg(test)]
mod tests {
    use super::{Progress, total};

    #[test]
    fn a_position_behind_the_end_is_no_negative_lag() {
        let at = |committed, end| Progress { topic: "t".into(), partition: 0, committed, end };
        assert_eq!(total(&[at(3, 10), at(12, 10), at(10, 10)]), 7);
    }
}
