//! Compaction.

use super::*;

const SETTINGS: CompactionSettings = CompactionSettings {
    delete_retention_ms: 1_000,
    min_lag_ms: 0,
    max_lag_ms: i64::MAX,
    min_dirty_ratio: 0.0,
};

fn compact(log: &mut PartitionLog, settings: CompactionSettings, now: i64) -> bool {
    let Some(plan) = log.plan_compaction(settings, now) else { return false };
    let compacted = plan.run().unwrap();
    log.swap(compacted).unwrap();
    true
}

/// Writes the keys `a`, `b`, `c` in turn, with values that fill segments.
fn write_rounds(log: &mut PartitionLog, rounds: i64) {
    for round in 0..rounds {
        for key in ["a", "b", "c"] {
            append(log, &record(round, key, Some(&format!("{round}{}", "x".repeat(60)))));
        }
    }
}

/// The newest value of each key and its offset.
fn view(log: &mut PartitionLog) -> std::collections::BTreeMap<String, (i64, Option<String>)> {
    let start = log.start_offset();
    read_from(log, start, Isolation::Uncommitted)
        .into_iter()
        .map(|(offset, key, value)| (key, (offset, value)))
        .collect()
}

#[test]
fn the_newest_value_of_each_key_stays_at_its_offset() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    write_rounds(&mut log, 50);
    let (before, size) = (view(&mut log), log.size());
    assert!(compact(&mut log, SETTINGS, 100));
    assert_eq!(view(&mut log), before);
    assert!(log.size() < size / 4, "{} of {size}", log.size());
    assert_eq!(log.end_offset(), 150);
    drop(log);
    let mut log = open(dir.path());
    assert_eq!(view(&mut log), before);
    assert!(!compact(&mut log, SETTINGS, 100), "there is nothing new");
}

#[test]
fn every_offset_can_be_read_from_in_a_compacted_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    write_rounds(&mut log, 30);
    compact(&mut log, SETTINGS, 100);
    let all = offsets(&mut log, 0);
    for from in 0..90 {
        assert_eq!(
            offsets(&mut log, from),
            all.iter().copied().filter(|offset| *offset >= from).collect::<Vec<_>>()
        );
    }
}

#[test]
fn a_tombstone_outlives_its_first_compaction_and_then_goes() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    write_rounds(&mut log, 20);
    append(&mut log, &record(20, "a", None));
    write_rounds(&mut log, 0);
    log.roll().unwrap();
    compact(&mut log, SETTINGS, 5_000);
    assert_eq!(view(&mut log).get("a"), Some(&(60, None)));
    for (now, expected) in [(5_900, Some(&(60, None))), (6_100, None)] {
        append(&mut log, &record(30, "z", Some("z")));
        log.roll().unwrap();
        assert!(compact(&mut log, SETTINGS, now));
        assert_eq!(view(&mut log).get("a"), expected, "at {now} ms");
        assert!(view(&mut log).contains_key("b"));
    }
}

#[test]
fn young_records_and_open_transactions_are_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    write_rounds(&mut log, 20);
    let lag = CompactionSettings { min_lag_ms: 1_000, ..SETTINGS };
    assert!(!compact(&mut log, lag, 900));
    assert!(compact(&mut log, lag, 2_000));

    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    append(&mut log, &BatchBuilder::new(0).transactional(7, 0).record(Some(b"a"), Some(b"t"), &[]).build());
    write_rounds(&mut log, 20);
    assert!(!compact(&mut log, SETTINGS, 100));
}

#[test]
fn records_of_aborted_transactions_go() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    append(&mut log, &BatchBuilder::new(0).transactional(7, 0).record(Some(b"t"), Some(b"t"), &[]).build());
    append(&mut log, &control_marker(ControlType::Abort, 7, 0, 0, 0));
    write_rounds(&mut log, 20);
    compact(&mut log, SETTINGS, 100);
    assert!(!view(&mut log).contains_key("t"));
}

/// Aborts one transaction of producer 7 at 0 and commits another at 2, then writes others' records.
fn abort_then_commit(log: &mut PartitionLog) {
    for (key, end) in [("t", ControlType::Abort), ("u", ControlType::Commit)] {
        append(
            log,
            &BatchBuilder::new(0).transactional(7, 0).record(Some(key.as_bytes()), None, &[]).build(),
        );
        append(log, &control_marker(end, 7, 0, 0, 0));
    }
    write_rounds(log, 20);
}

fn aborted_from(log: &mut PartitionLog, offset: i64) -> Vec<i64> {
    let read = log.read(offset, 1 << 20, Isolation::Committed, true).unwrap();
    read.aborted.iter().map(|aborted| aborted.first_offset).collect()
}

#[test]
fn an_aborted_transaction_is_forgotten_with_its_records() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    abort_then_commit(&mut log);
    assert_eq!(aborted_from(&mut log, 0), [0]);
    compact(&mut log, SETTINGS, 100);
    assert_eq!(aborted_from(&mut log, 0), [0; 0], "producer 7's committed records are read");
    log.close().unwrap();
    drop(log);
    assert_eq!(aborted_from(&mut open(dir.path()), 0), [0; 0]);
}

#[test]
fn an_aborted_transaction_is_known_until_it_is_compacted() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    write_rounds(&mut log, 20);
    assert!(compact(&mut log, SETTINGS, 100));
    let begin = log.end_offset();
    abort_then_commit(&mut log);
    let lag = CompactionSettings { min_lag_ms: 1_000, ..SETTINGS };
    assert!(!compact(&mut log, lag, 100), "too young");
    assert_eq!(aborted_from(&mut log, 0), [0; 0], "the read ends before");
    assert_eq!(aborted_from(&mut log, begin), [begin]);
    log.close().unwrap();
    drop(log);
    assert_eq!(aborted_from(&mut open(dir.path()), begin), [begin]);
}

/// The markers in the log, by offset.
fn markers(log: &mut PartitionLog) -> Vec<i64> {
    let mut found = Vec::new();
    let mut offset = log.start_offset();
    while let Some(slice) = log.read(offset, 1 << 20, Isolation::Uncommitted, true).unwrap().records {
        for (header, _) in batches(slice.load().unwrap()).map(Result::unwrap) {
            found.extend(header.attributes.is_control().then_some(header.base_offset));
            offset = header.next_offset();
        }
    }
    found
}

#[test]
fn a_marker_stays_as_long_as_records_of_its_transaction_and_a_while_longer() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    let transactional = |key: &str| {
        BatchBuilder::new(0).transactional(7, 0).record(Some(key.as_bytes()), Some(b"v"), &[]).build()
    };
    append(&mut log, &transactional("t"));
    append(&mut log, &control_marker(ControlType::Commit, 7, 0, 0, 0));
    append(&mut log, &transactional("u"));
    append(&mut log, &control_marker(ControlType::Abort, 7, 0, 0, 0));
    write_rounds(&mut log, 20);
    for (now, written, expected) in [
        (100, "z", [1, 3].as_slice()),
        (10_000, "t", &[1]),
        // The record of `t` is replaced only now, and the marker has a second from here on.
        (20_000, "z", &[1]),
        (20_900, "z", &[1]),
        (21_100, "z", &[]),
    ] {
        assert!(compact(&mut log, SETTINGS, now));
        assert_eq!(markers(&mut log), expected, "at {now} ms");
        append(&mut log, &record(0, written, Some("newer")));
        log.roll().unwrap();
    }
}

#[test]
fn what_is_written_in_the_place_of_lost_segments_has_not_been_compacted() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    write_rounds(&mut log, 20);
    compact(&mut log, SETTINGS, 100);
    drop(log);
    for (_, path) in super::super::recovery::files(dir.path(), "log").unwrap() {
        std::fs::remove_file(path).unwrap();
    }
    for (_, path) in super::super::recovery::files(dir.path(), "producers").unwrap() {
        std::fs::remove_file(path).unwrap();
    }
    let mut log = open(dir.path());
    let begin = log.end_offset();
    abort_then_commit(&mut log);
    log.close().unwrap();
    drop(log);
    assert_eq!(aborted_from(&mut open(dir.path()), begin), [begin]);
}

#[test]
fn retention_goes_beyond_what_compaction_has_emptied() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    write_rounds(&mut log, 50);
    compact(&mut log, SETTINGS, 100);
    assert_eq!(log.segments[0].size, 0);
    log.retain(|_| true).unwrap();
    assert_eq!((log.start_offset(), log.end_offset(), log.size()), (150, 150, 0));
    assert_eq!(log.retain(|_| true).unwrap(), 0, "an empty log stays");
}

#[test]
fn compressed_batches_stay_compressed() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    for round in 0..20 {
        let plain = ["a", "b", "c"]
            .iter()
            .fold(BatchBuilder::new(round), |batch, key| {
                let value = format!("{round}-{}", "y".repeat(200));
                batch.record(Some(key.as_bytes()), Some(value.as_bytes()), &[])
            })
            .record(Some(format!("only-{round}").as_bytes()), Some(b"v"), &[])
            .build();
        let header = BatchHeader::parse(&plain).unwrap();
        append(&mut log, &recompress(4, None, &header, &plain).unwrap().1);
    }
    log.roll().unwrap();
    let before = view(&mut log);
    compact(&mut log, SETTINGS, 100);
    assert_eq!(view(&mut log), before);
    let slice = log.read(0, 1 << 20, Isolation::Uncommitted, true).unwrap().records.unwrap();
    for batch in batches(slice.load().unwrap()) {
        assert_eq!(batch.unwrap().0.attributes.codec(), 4);
    }
}

#[test]
fn a_crash_between_the_steps_of_a_swap_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    write_rounds(&mut log, 50);
    let before = view(&mut log);
    let plan = log.plan_compaction(SETTINGS, 100).expect("worth it");
    drop(plan.run().unwrap());
    drop(log);
    // The new files are complete, none has its name yet.
    assert_eq!(view(&mut open(dir.path())), before);

    // One of them has its name, those that it replaces are still there.
    let log = open(dir.path());
    let plan = log.plan_compaction(SETTINGS, 100).expect("worth it");
    drop(plan.run().unwrap());
    let (base, cleaned) = super::super::recovery::files(dir.path(), "cleaned").unwrap().remove(0);
    drop(log);
    std::fs::rename(cleaned, dir.path().join(format!("{base:020}.log"))).unwrap();
    assert_eq!(view(&mut open(dir.path())), before);
}
