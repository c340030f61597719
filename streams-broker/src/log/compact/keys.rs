//! The newest offset of each key.

use std::io;

use rustc_hash::FxHashMap;

use super::{Plan, Source, invalid};
use crate::log::record::records;

/// Memory for keys, in bytes: about as much as Apache Kafka's cleaner takes
/// (`log.cleaner.dedupe.buffer.size`). What does not fit waits for the next run.
const BUDGET: usize = 128 * 1024 * 1024;

/// Bytes that a key takes beside its own.
const OVERHEAD: usize = 48;

/// The newest offset of each key in the part of the log that has not been compacted.
#[derive(Debug, Default)]
pub(super) struct NewestOffsets {
    offsets: FxHashMap<Box<[u8]>, i64>,
    bytes: usize,
}

impl NewestOffsets {
    /// Learns the keys of a segment. Returns `false`, without having learned all, if the budget
    /// does not suffice; the first segment is always learned.
    pub(super) fn learn(&mut self, source: &Source, plan: &Plan) -> io::Result<bool> {
        if self.bytes > BUDGET {
            return Ok(false);
        }
        source.each_batch(|header, batch| {
            if header.attributes.is_control() || plan.is_aborted(header) {
                return Ok(());
            }
            for record in records(header, batch).map_err(invalid)?.iter() {
                let record = record.map_err(invalid)?;
                let Some(key) = record.key.filter(|_| record.offset >= plan.dirty_from) else { continue };
                match self.offsets.get_mut(key) {
                    Some(newest) => *newest = record.offset,
                    None => {
                        self.bytes += key.len() + OVERHEAD;
                        self.offsets.insert(key.into(), record.offset);
                    }
                }
            }
            Ok(())
        })?;
        Ok(true)
    }

    /// Whether a record is the newest of its key, as far as is known.
    pub(super) fn is_newest(&self, key: &[u8], offset: i64) -> bool {
        self.offsets.get(key).is_none_or(|newest| offset >= *newest)
    }
}
