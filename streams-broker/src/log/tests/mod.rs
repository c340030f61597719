//! Behaviour of a partition's log as a whole.

mod compaction;
mod hostile;
mod reading;
mod recovery;
mod retention;
mod transactions;

use std::path::Path;

use bytes::Bytes;

use super::*;

/// Settings of a small log: a segment holds a few batches.
fn settings() -> LogSettings {
    LogSettings {
        segment_bytes: 1_000,
        segment_ms: i64::MAX,
        index_interval: 200,
        log_append_time: false,
        sync: false,
        flush_messages: i64::MAX,
    }
}

fn open(dir: &Path) -> PartitionLog {
    PartitionLog::open(dir, settings()).expect("the folder can be used")
}

/// A batch of one record.
fn record(timestamp: i64, key: &str, value: Option<&str>) -> Bytes {
    BatchBuilder::new(timestamp).record(Some(key.as_bytes()), value.map(str::as_bytes), &[]).build()
}

fn append(log: &mut PartitionLog, batch: &Bytes) -> i64 {
    let header = BatchHeader::parse(batch).expect("built by the builder");
    log.append(header, batch, 0, header.max_timestamp).expect("the log takes it").base_offset
}

/// Appends `count` records of about 170 bytes, with time stamps of 10 ms distance.
fn fill(log: &mut PartitionLog, count: i64) {
    for _ in 0..count {
        let offset = log.end_offset();
        append(log, &record(offset * 10, &format!("key-{offset}"), Some(&"v".repeat(100))));
    }
}

/// All records from an offset on, as consumers read them.
fn read_from(
    log: &mut PartitionLog,
    mut offset: i64,
    isolation: Isolation,
) -> Vec<(i64, String, Option<String>)> {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let mut found = Vec::new();
    while let Some(slice) = log.read(offset, 300, isolation, true).expect("in range").records {
        for batch in batches(slice.load().expect("readable")) {
            let (header, bytes) = batch.expect("whole batches");
            assert_eq!(header.check_crc(&bytes), Ok(()));
            let decoded = records(&header, &bytes).expect("decodable");
            for record in decoded.iter().map(|record| record.expect("well-formed")) {
                if record.offset >= offset && !header.attributes.is_control() {
                    found.push((
                        record.offset,
                        record.key.map_or(String::new(), text),
                        record.value.map(text),
                    ));
                }
            }
            offset = offset.max(header.next_offset());
        }
    }
    found
}

fn offsets(log: &mut PartitionLog, from: i64) -> Vec<i64> {
    read_from(log, from, Isolation::Uncommitted).into_iter().map(|(offset, ..)| offset).collect()
}
