//! All topics of a driver, and the collector that writes to them.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use streams_core::{OutgoingRecord, RecordCollector, Result};

use crate::partition::default_partition;
use crate::produced::ProducedRecord;
use crate::topic::{Topic, Unread};

/// Numbers of partitions by topic; topics that are not listed have one.
pub(crate) type PartitionCounts = Arc<BTreeMap<String, i32>>;

/// The collector of a task: while the task runs, it holds the driver's topics.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    pub(crate) topics: Box<Topics>,
}

/// All topics, by number and by name.
#[derive(Debug, Default)]
pub(crate) struct Topics {
    list: Vec<Topic>,
    by_name: FxHashMap<Arc<str>, usize>,
    counts: PartitionCounts,
    /// The place of the last record among all that the driver has seen.
    sequence: u64,
    /// Topics that a task wrote to and that nobody has looked for readers of.
    pub(crate) unconnected: Vec<usize>,
    /// Records (topic, index) that a task wrote to topics which are read, or may be.
    pub(crate) pending: Vec<(usize, usize)>,
    /// Changelog partitions that were written to since the last commit.
    pub(crate) touched: Vec<(usize, i32)>,
}

impl Topics {
    pub(crate) fn new(counts: PartitionCounts) -> Self {
        Self { counts, ..Self::default() }
    }

    pub(crate) fn count(&self, topic: &str) -> i32 {
        if self.counts.is_empty() { 1 } else { self.counts.get(topic).copied().unwrap_or(1) }
    }

    /// Whether tasks are made for each partition.
    pub(crate) fn is_partitioned(&self) -> bool {
        !self.counts.is_empty()
    }

    pub(crate) fn find(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The number of a topic, which is made if need be.
    pub(crate) fn add(&mut self, name: &str) -> usize {
        if let Some(number) = self.find(name) {
            return number;
        }
        let name: Arc<str> = name.into();
        let partitions = usize::try_from(self.count(&name)).unwrap_or(1);
        self.list.push(Topic::new(Arc::clone(&name), partitions));
        self.by_name.insert(name, self.list.len() - 1);
        self.list.len() - 1
    }

    pub(crate) fn at(&self, number: usize) -> &Topic {
        &self.list[number]
    }

    pub(crate) fn at_mut(&mut self, number: usize) -> &mut Topic {
        &mut self.list[number]
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Topic> {
        self.list.iter()
    }

    /// Takes the unread records that the topology wrote to one topic, or to all of them: in the order in which it wrote
    /// them.
    pub(crate) fn take_unread(&mut self, number: Option<usize>) -> Vec<ProducedRecord> {
        let list = match number {
            Some(number) => &mut self.list[number..=number],
            None => &mut self.list[..],
        };
        let mut records = Vec::with_capacity(list.iter().map(Topic::unread).sum());
        let unread = list.iter_mut().filter(|topic| topic.unread() > 0).map(Topic::take_unread);
        let mut topics: Vec<(u64, Unread<'_>)> =
            unread.map(|mut unread| (unread.take_until(0, &mut records), unread)).collect();
        while let Some((first, until)) = next_run(topics.iter().map(|(sequence, _)| *sequence)) {
            let (sequence, topic) = &mut topics[first];
            *sequence = topic.take_until(until, &mut records);
        }
        drop(topics);
        list.iter_mut().filter(|topic| topic.unread() > 0).for_each(Topic::all_is_read);
        records
    }

    /// Whether a task has written something since the last time that somebody else has to know of.
    pub(crate) fn has_news(&self) -> bool {
        !self.pending.is_empty() || !self.touched.is_empty()
    }

    pub(crate) fn next_sequence(&mut self) -> u64 {
        self.sequence += 1;
        self.sequence
    }

    /// The place of the last record among all that the driver has seen.
    pub(crate) fn sequence(&self) -> u64 {
        self.sequence
    }

    /// Removes all records behind a place.
    #[cold]
    pub(crate) fn take_back(&mut self, sequence: u64) {
        self.list.iter_mut().for_each(|topic| topic.take_back(sequence));
        self.pending.retain(|(number, index)| *index < self.list[*number].len());
    }

    fn written_to(&mut self, name: &str) -> usize {
        // Of a few topics, the right one is found sooner by looking than by hashing.
        let few = self.list.len() <= 8;
        let found =
            if few { self.list.iter().position(|topic| *topic.name == *name) } else { self.find(name) };
        found.unwrap_or_else(|| {
            let number = self.add(name);
            self.unconnected.push(number);
            number
        })
    }
}

/// The index of the smallest number, and the next larger one; `None` if there is none below the largest of all.
fn next_run(sequences: impl Iterator<Item = u64>) -> Option<(usize, u64)> {
    let (mut first, mut second, mut index) = (u64::MAX, u64::MAX, None);
    for (place, sequence) in sequences.enumerate() {
        if sequence < first {
            (first, second, index) = (sequence, first, Some(place));
        } else {
            second = second.min(sequence);
        }
    }
    Some((index?, second))
}

impl RecordCollector for Collector {
    fn send(&mut self, record: OutgoingRecord<'_>) -> Result<()> {
        self.topics.write(record);
        Ok(())
    }

    fn partition_count(&mut self, topic: &str) -> Result<i32> {
        Ok(self.topics.count(topic))
    }
}

impl Topics {
    fn write(&mut self, record: OutgoingRecord<'_>) {
        let number = self.written_to(record.topic);
        let partition = match record.partition {
            Some(partition) => partition,
            None if self.counts.is_empty() => 0,
            None => default_partition(record.key, self.count(record.topic)),
        };
        let sequence = self.next_sequence();
        let topic = &mut self.list[number];
        if topic.is_read {
            self.pending.push((number, topic.len()));
        }
        if topic.keep && !self.touched.contains(&(number, partition)) {
            self.touched.push((number, partition));
        }
        topic.append(&record, partition, sequence, true);
    }
}
