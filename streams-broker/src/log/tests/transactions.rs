//! Open and ended transactions.

use super::*;

fn transactional(producer: i64, value: &str) -> Bytes {
    BatchBuilder::new(1).transactional(producer, 0).record(Some(b"k"), Some(value.as_bytes()), &[]).build()
}

fn marker(producer: i64, control: ControlType) -> Bytes {
    control_marker(control, producer, 0, 0, 1)
}

#[test]
fn an_open_transaction_holds_back_read_committed() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    append(&mut log, &record(1, "k", Some("plain")));
    append(&mut log, &transactional(7, "pending"));
    append(&mut log, &record(1, "k", Some("later")));
    assert_eq!(log.last_stable_offset(), 1);
    assert_eq!(read_from(&mut log, 0, Isolation::Committed).len(), 1);
    assert_eq!(read_from(&mut log, 0, Isolation::Uncommitted).len(), 3);
    append(&mut log, &marker(7, ControlType::Commit));
    assert_eq!(log.last_stable_offset(), 4);
    assert_eq!(read_from(&mut log, 0, Isolation::Committed).len(), 3);
}

#[test]
fn aborted_transactions_are_known_after_a_restart() {
    for clean in [true, false] {
        let dir = tempfile::tempdir().unwrap();
        let mut log = open(dir.path());
        append(&mut log, &transactional(7, "a"));
        append(&mut log, &transactional(8, "b"));
        append(&mut log, &marker(8, ControlType::Abort));
        append(&mut log, &marker(7, ControlType::Commit));
        append(&mut log, &transactional(9, "open"));
        if clean {
            log.close().unwrap();
        }
        drop(log);
        let mut log = open(dir.path());
        assert_eq!(log.last_stable_offset(), 4, "clean: {clean}");
        let read = log.read(0, 10_000, Isolation::Committed, true).unwrap();
        assert_eq!(read.aborted, [AbortedTransaction { producer_id: 8, first_offset: 1, last_offset: 2 }]);
    }
}

#[test]
fn a_marker_of_an_older_epoch_is_fenced() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    let batch = BatchBuilder::new(1).transactional(7, 5).record(None, Some(b"v"), &[]).build();
    append(&mut log, &batch);
    let old = control_marker(ControlType::Abort, 7, 4, 0, 1);
    let refused = log.append(BatchHeader::parse(&old).unwrap(), &old, 0, 1);
    assert!(matches!(refused, Err(LogError::Producer(ProducerError::Fenced))));
}

#[test]
fn the_last_stable_offset_does_not_lie_before_the_log() {
    let dir = tempfile::tempdir().unwrap();
    let mut log = open(dir.path());
    append(&mut log, &transactional(7, "open"));
    fill(&mut log, 9);
    log.delete_before(5).unwrap();
    assert_eq!(log.last_stable_offset(), 5);
    assert!(log.read(5, 1_000, Isolation::Committed, true).unwrap().records.is_none());
    append(&mut log, &marker(7, ControlType::Commit));
    assert_eq!(log.last_stable_offset(), 11);
}
