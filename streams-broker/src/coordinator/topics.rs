//! What the coordinators need to know of topics.

use uuid::Uuid;

/// A topic as the coordinators see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicImage {
    pub(crate) name: String,
    pub(crate) id: Uuid,
    pub(crate) partitions: i32,
}

impl TopicImage {
    /// Whether it has the partition.
    pub(crate) fn has(&self, partition: i32) -> bool {
        (0..self.partitions).contains(&partition)
    }
}

/// The topics that exist now.
pub(crate) trait TopicView {
    /// A topic by its name.
    fn by_name(&self, name: &str) -> Option<TopicImage>;
    /// A topic by its id.
    fn by_id(&self, id: Uuid) -> Option<TopicImage>;
    /// The names of all topics, for regular expressions.
    fn names(&self) -> Vec<String>;
}

/// Whether a partition exists.
pub(crate) fn has_partition(topics: &dyn TopicView, name: &str, partition: i32) -> bool {
    topics.by_name(name).is_some_and(|t| t.has(partition))
}

/// A number that changes with the topics' ids and numbers of partitions (FNV-1a, so that it is the same after a
/// restart).
pub(crate) fn hash_of(topics: impl Iterator<Item = TopicImage>) -> i64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut feed = |bytes: &[u8]| {
        for byte in bytes {
            hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    };
    for topic in topics {
        feed(topic.id.as_bytes());
        feed(&topic.partitions.to_be_bytes());
    }
    hash as i64
}
