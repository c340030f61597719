//! Opening after a clean stop, after a crash, and with damaged files.

use std::fs;

use super::*;

#[test]
fn a_clean_stop_and_a_crash_keep_all_records() {
    for clean in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let mut log = open(dir.path());
        fill(&mut log, 30);
        if clean {
            log.close().unwrap();
        }
        drop(log);
        let mut log = open(dir.path());
        assert_eq!(log.end_offset(), 30, "clean: {clean}");
        assert_eq!(offsets(&mut log, 0), (0..30).collect::<Vec<_>>());
        fill(&mut log, 10);
        drop(log);
        assert_eq!(open(dir.path()).end_offset(), 40, "clean: {clean}");
    }
}

#[test]
fn a_log_cut_at_any_byte_keeps_its_whole_batches() {
    let dir = tempfile::tempdir().unwrap();
    let mut log =
        PartitionLog::open(dir.path(), LogSettings { segment_bytes: 1 << 20, ..settings() }).unwrap();
    let mut ends = vec![0];
    for offset in 0..4 {
        append(&mut log, &record(offset, "key", Some("value")));
        ends.push(log.size());
    }
    let path = log.segments[0].path().to_owned();
    drop(log);
    let whole = fs::read(&path).unwrap();
    for cut in 0..=whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut log = open(dir.path());
        let batches = ends.iter().filter(|end| **end <= cut as u64).count() as i64 - 1;
        assert_eq!(log.end_offset(), batches, "cut at {cut}");
        assert_eq!(append(&mut log, &record(0, "next", None)), batches);
    }
}

#[test]
fn a_flipped_bit_ends_the_log_in_front_of_its_batch() {
    let dir = tempfile::tempdir().unwrap();
    let mut log =
        PartitionLog::open(dir.path(), LogSettings { segment_bytes: 1 << 20, ..settings() }).unwrap();
    fill(&mut log, 3);
    let path = log.segments[0].path().to_owned();
    let size = log.size();
    drop(log);
    let mut bytes = fs::read(&path).unwrap();
    let middle = (size / 2) as usize;
    bytes[middle] ^= 0x40;
    fs::write(&path, bytes).unwrap();
    assert_eq!(open(dir.path()).end_offset(), 1);
}

#[test]
fn segments_behind_a_damaged_one_are_set_aside() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 30);
    let path = log.segments[1].path().to_owned();
    let end = log.segments[1].base_offset;
    drop(log);
    fs::write(&path, b"not a batch").unwrap();
    let mut log = open(dir.path());
    assert_eq!(offsets(&mut log, 0), (0..end).collect::<Vec<_>>());
    let orphans = fs::read_dir(dir.path()).unwrap().filter(|entry| {
        entry.as_ref().unwrap().path().extension().is_some_and(|extension| extension == "orphan")
    });
    assert!(orphans.count() > 0);
}

#[test]
fn indexes_are_rebuilt_when_they_are_missing_or_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    fill(&mut log, 30);
    log.close().unwrap();
    drop(log);
    for (at, (_, path)) in super::super::recovery::files(dir.path(), "index").unwrap().iter().enumerate() {
        if at % 2 == 0 { fs::remove_file(path).unwrap() } else { fs::write(path, b"garbage").unwrap() }
    }
    let mut log = open(dir.path());
    assert_eq!(offsets(&mut log, 0), (0..30).collect::<Vec<_>>());
    assert_eq!(log.find_timestamp(200).unwrap().map(|found| found.offset), Some(20));
}

#[test]
fn idempotent_producers_are_known_after_a_restart() {
    let sequenced =
        |sequence| BatchBuilder::new(1).idempotent(7, 0, sequence).record(None, Some(&[0; 100]), &[]).build();
    for clean in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let mut log = open(dir.path());
        for sequence in 0..20 {
            append(&mut log, &sequenced(sequence));
        }
        if clean {
            log.close().unwrap();
        }
        drop(log);
        let mut log = open(dir.path());
        let batch = sequenced(18);
        let info = log.append(BatchHeader::parse(&batch).unwrap(), &batch, 0, 1).unwrap();
        assert!(info.duplicate, "clean: {clean}");
        assert_eq!(info.base_offset, 18);
        let gap = sequenced(25);
        let refused = log.append(BatchHeader::parse(&gap).unwrap(), &gap, 0, 1);
        assert!(matches!(refused, Err(LogError::Producer(ProducerError::OutOfOrder))));
    }
}

#[test]
fn a_damaged_snapshot_is_rebuilt_from_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    for sequence in 0..20 {
        let batch =
            BatchBuilder::new(1).idempotent(7, 0, sequence).record(None, Some(&[0; 100]), &[]).build();
        append(&mut log, &batch);
    }
    log.close().unwrap();
    drop(log);
    for (_, path) in super::super::recovery::files(dir.path(), "producers").unwrap() {
        fs::write(path, b"garbage").unwrap();
    }
    assert_eq!(open(dir.path()).producer(7).map(ProducerEntry::last_sequence), Some(19));
}
