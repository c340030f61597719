//! Reading and looking up.

use super::*;

#[test]
fn every_offset_is_read_over_segment_borders() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 50);
    assert!(log.segments.len() > 5);
    for from in 0..50 {
        assert_eq!(offsets(&mut log, from), (from..50).collect::<Vec<_>>());
    }
    assert!(log.read(50, 1_000, Isolation::Uncommitted, true).unwrap().records.is_none());
    assert!(matches!(log.read(51, 1_000, Isolation::Uncommitted, true), Err(LogError::OutOfRange)));
}

#[test]
fn the_first_batch_comes_whole_only_if_asked_for() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 3);
    assert!(log.read(0, 10, Isolation::Uncommitted, false).unwrap().records.is_none());
    let slice = log.read(0, 10, Isolation::Uncommitted, true).unwrap().records.expect("one batch");
    assert_eq!(batches(slice.load().unwrap()).count(), 1);
}

#[test]
fn as_many_whole_batches_come_as_fit_and_the_rest_of_the_limit_counts() {
    let dir = tempfile::tempdir().unwrap();
    let mut log =
        PartitionLog::open(dir.path(), LogSettings { segment_bytes: 1 << 20, ..settings() }).unwrap();
    let batch = record(5, "k", Some("v"));
    for _ in 0..20 {
        append(&mut log, &batch);
    }
    for (limit, whole) in [(1, 1), (2, 2), (3, 3), (7, 7), (19, 19), (30, 20)] {
        let max_bytes = limit * batch.len() + 5;
        let read = log.read(0, max_bytes, Isolation::Uncommitted, true).unwrap();
        assert_eq!(read.records.expect("batches").length, whole * batch.len(), "{limit} batches");
        assert_eq!(read.counted, max_bytes.min(20 * batch.len()), "{limit} batches");
    }
}

#[test]
fn an_offset_within_a_batch_yields_the_batch() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    let batch = (0..10).fold(BatchBuilder::new(1), |batch, _| batch.record(None, Some(b"v"), &[])).build();
    append(&mut log, &batch);
    append(&mut log, &batch);
    let slice = log.read(13, 1_000, Isolation::Uncommitted, true).unwrap().records.expect("a batch");
    let (header, _) = batches(slice.load().unwrap()).next().unwrap().unwrap();
    assert_eq!(header.base_offset, 10);
}

#[test]
fn records_are_found_by_time() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 40);
    for job in log.seal_jobs().unwrap() {
        let sealed = job.run(false).unwrap();
        log.retired(sealed).unwrap();
    }
    for (timestamp, offset) in
        [(0, Some(0)), (1, Some(1)), (10, Some(1)), (255, Some(26)), (390, Some(39)), (391, None)]
    {
        let found = log.find_timestamp(timestamp).unwrap();
        assert_eq!(found.map(|found| found.offset), offset, "at {timestamp} ms");
    }
    assert_eq!(
        log.find_max_timestamp().unwrap().map(|found| (found.offset, found.timestamp)),
        Some((39, 390))
    );
}

#[test]
fn a_record_is_found_by_time_inside_a_compressed_batch() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    let plain = (0..10)
        .fold(BatchBuilder::new(100), |batch, n| batch.record_at(100 + n, None, Some(b"v"), &[]))
        .build();
    for codec in 1..=4 {
        let header = BatchHeader::parse(&plain).unwrap();
        let (_, packed) = recompress(codec, None, &header, &plain).unwrap();
        let base = append(&mut log, &packed);
        assert_eq!(base, i64::from(codec - 1) * 10);
    }
    assert_eq!(log.find_timestamp(107).unwrap().map(|found| found.offset), Some(7));
    log.delete_before(20).unwrap();
    assert_eq!(log.find_timestamp(107).unwrap().map(|found| found.offset), Some(27));
}

#[test]
fn the_largest_time_is_known_though_its_record_has_been_deleted() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    append(&mut log, &record(5, "k", Some("v")));
    log.delete_before(1).unwrap();
    assert_eq!(log.find_max_timestamp().unwrap().map(|found| (found.offset, found.timestamp)), Some((0, 5)));
    assert_eq!(log.find_timestamp(5).unwrap(), None);
}

#[test]
fn log_append_time_replaces_the_producers_times() {
    let dir = tempfile::tempdir().unwrap();
    let mut log =
        PartitionLog::open(dir.path(), LogSettings { log_append_time: true, ..settings() }).unwrap();
    let batch = record(5, "k", Some("v"));
    let info = log.append(BatchHeader::parse(&batch).unwrap(), &batch, 0, 777).unwrap();
    assert_eq!(info.log_append_time, 777);
    assert_eq!(log.find_timestamp(6).unwrap().map(|found| found.timestamp), Some(777));
}

#[cfg(target_os = "linux")]
#[test]
fn a_log_that_is_not_in_use_keeps_no_files_open() {
    let dir = tempfile::tempdir().unwrap();
    let open_files = || {
        let all = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
        all.filter_map(|entry| std::fs::read_link(entry.path()).ok())
            .filter(|path| path.starts_with(dir.path()))
            .collect::<Vec<_>>()
    };
    let none: [std::path::PathBuf; 0] = [];
    let mut log = open(dir.path());
    fill(&mut log, 40);
    for job in log.seal_jobs().unwrap() {
        let sealed = job.run(false).unwrap();
        log.retired(sealed).unwrap();
    }
    offsets(&mut log, 0);
    log.release();
    assert_eq!(open_files(), none, "after use");
    fill(&mut log, 1);
    log.close().unwrap();
    drop(log);
    let mut log = open(dir.path());
    assert_eq!(open_files(), none, "after the start");
    assert_eq!(offsets(&mut log, 0).len(), 41);
}
