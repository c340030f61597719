//! The log of one partition: record batches in segments, with an index, producer state and
//! transaction state. docs/disk-format.md describes the files.

mod append;
mod batch;
mod builder;
mod codec;
mod compact;
mod index;
mod lookup;
mod partition_log;
mod producers;
mod read;
mod recompress;
mod record;
mod recovery;
mod segment;
mod snapshot;
mod transactions;
mod trim;

#[cfg(test)]
mod tests;

pub(crate) use append::AppendInfo;
pub(crate) use batch::{BatchError, BatchHeader, batches, restamp};
pub(crate) use builder::{BatchBuilder, control_marker};
pub(crate) use codec::decompress;
pub(crate) use compact::CompactionSettings;
pub(crate) use lookup::Found;
pub(crate) use partition_log::{LogError, LogSettings, PartitionLog};
pub(crate) use producers::{ProducerEntry, ProducerError};
pub(crate) use read::{Isolation, ReadResult};
pub(crate) use recompress::recompress;
pub(crate) use record::{ControlType, Record, is_known_codec, records};
#[cfg(test)]
pub(crate) use transactions::AbortedTransaction;
pub(crate) use trim::SegmentFacts;
