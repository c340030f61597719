//! DeleteRecords and retention.

use super::*;

#[test]
fn deleted_records_stay_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 30);
    assert_eq!(log.delete_before(17).unwrap(), 17);
    assert!(matches!(log.read(16, 1_000, Isolation::Uncommitted, true), Err(LogError::OutOfRange)));
    assert!(matches!(log.delete_before(31), Err(LogError::OutOfRange)));
    drop(log);
    let mut log = open(dir.path());
    assert_eq!(log.start_offset(), 17);
    assert_eq!(offsets(&mut log, 17), (17..30).collect::<Vec<_>>());
}

#[test]
fn a_start_that_cannot_be_written_down_is_where_it_will_be_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 30);
    // Nothing can be put in this one's place.
    std::fs::create_dir_all(dir.path().join("checkpoint/full")).unwrap();
    assert!(matches!(log.delete_before(17), Err(LogError::Io(_))));
    let start = log.start_offset();
    std::fs::remove_dir_all(dir.path().join("checkpoint")).unwrap();
    drop(log);
    let mut log = open(dir.path());
    assert_eq!((log.start_offset(), log.delete_before(17).unwrap()), (start, 17));
}

#[test]
fn deleting_all_records_leaves_the_end_where_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 30);
    log.delete_before(30).unwrap();
    log.close().unwrap();
    drop(log);
    let log = open(dir.path());
    assert_eq!((log.start_offset(), log.end_offset()), (30, 30));
}

#[test]
fn old_segments_are_deleted_from_the_front() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 30);
    let before = log.size();
    let deleted = log.retain(|segment| segment.max_timestamp < 150).unwrap();
    assert!(deleted > 0);
    assert!(log.size() < before);
    assert!(log.start_offset() <= 15 && log.start_offset() > 0);
}

#[test]
fn when_all_is_expired_the_log_goes_on_in_an_empty_segment() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 30);
    log.retain(|_| true).unwrap();
    assert_eq!((log.start_offset(), log.end_offset(), log.size()), (30, 30, 0));
    drop(log);
    let mut log = open(dir.path());
    assert_eq!((log.start_offset(), log.end_offset()), (30, 30));
    assert_eq!(append(&mut log, &record(0, "k", None)), 30);
}

#[test]
fn on_a_full_disk_retention_deletes_what_it_can() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 30);
    // In the way of the next checkpoint.
    std::fs::create_dir(dir.path().join("checkpoint.tmp")).unwrap();
    let last = log.segments.last().unwrap().base_offset;
    assert!(log.retain(|_| true).is_err());
    assert_eq!((log.start_offset(), log.size() > 0), (last, true), "the last one says where the log goes on");
    drop(log);
    std::fs::remove_dir(dir.path().join("checkpoint.tmp")).unwrap();
    let mut log = open(dir.path());
    assert_eq!((log.start_offset(), log.end_offset()), (last, 30));
    log.retain(|_| true).unwrap();
    assert_eq!((log.start_offset(), log.size()), (30, 0));
}

#[test]
fn records_that_are_not_deleted_stay_readable() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 30);
    std::fs::create_dir(dir.path().join("checkpoint.tmp")).unwrap();
    assert!(log.delete_before(29).is_err());
    let start = log.start_offset();
    assert!(start < 29, "{start}");
    assert_eq!(offsets(&mut log, start), (start..30).collect::<Vec<_>>());
}

#[test]
fn aborted_transactions_that_are_not_deleted_stay_aborted() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    let batch = BatchBuilder::new(1).transactional(7, 0).record(Some(b"k"), Some(b"v"), &[]).build();
    append(&mut log, &batch);
    append(&mut log, &control_marker(ControlType::Abort, 7, 0, 0, 1));
    fill(&mut log, 3);
    let aborted =
        |log: &mut PartitionLog| log.read(0, 100_000, Isolation::Committed, true).unwrap().aborted.len();
    assert_eq!(aborted(&mut log), 1);
    std::fs::create_dir(dir.path().join("checkpoint.tmp")).unwrap();
    assert!(log.delete_before(4).is_err());
    assert_eq!((log.start_offset(), aborted(&mut log)), (0, 1));
}

#[test]
fn segments_without_time_stamps_are_as_old_as_their_files() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    for _ in 0..10 {
        append(&mut log, &record(-1, "k", None));
    }
    let now = crate::clock::now_ms();
    let mut seen = Vec::new();
    log.retain(|segment| {
        seen.push(segment.max_timestamp);
        false
    })
    .unwrap();
    assert!(seen.iter().all(|time| (now - time).abs() < 60_000), "{seen:?}");
}

#[test]
fn segments_end_by_the_records_time_not_by_the_clock() {
    let dir = tempfile::tempdir().unwrap();
    let settings = LogSettings { segment_ms: 1_000, segment_bytes: 1 << 20, ..settings() };
    let mut log = PartitionLog::open(dir.path(), settings).unwrap();
    let long_after = 1_000_000;
    for (timestamp, rolled) in
        [(0, false), (500, false), (-1, false), (1_000, false), (1_001, true), (1_500, false)]
    {
        let batch = record(timestamp, "k", None);
        let header = BatchHeader::parse(&batch).unwrap();
        assert_eq!(log.append(header, &batch, 0, long_after).unwrap().rolled, rolled, "{timestamp}");
    }
}
