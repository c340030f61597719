//! The partition of a record that nobody chose one for.

use streams_core::partition_for_key;

/// The default partitioner's choice among `count` partitions; without a key the first, so that tests are repeatable.
pub(crate) fn default_partition(key: Option<&[u8]>, count: i32) -> i32 {
    match key {
        Some(key) if count > 1 => partition_for_key(key, count),
        _ => 0,
    }
}
