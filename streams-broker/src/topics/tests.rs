//! Changes of topics while others are at work on them.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use super::*;
use crate::config::{LiveSettings, Settings};
use crate::log::{BatchBuilder, BatchHeader, ControlType, Isolation, batches, control_marker};

fn open(dir: &Path) -> Topics {
    let settings = LiveSettings::open(Settings::default(), dir, true).expect("the folder can be used");
    Topics::open(dir.to_owned(), Arc::new(settings), true).expect("the topics can be opened")
}

fn topic(configs: &[(&str, &str)]) -> NewTopic {
    let configs: BTreeMap<String, String> =
        configs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    NewTopic { name: "t".into(), partitions: 1, configs }
}

/// Segments hold two or three records.
const COMPACTED: &[(&str, &str)] = &[
    ("internal.segment.bytes", "400"),
    ("cleanup.policy", "compact,delete"),
    ("min.cleanable.dirty.ratio", "0"),
];

fn batch(value: &str) -> Bytes {
    let value = format!("{value}{}", ".".repeat(100));
    BatchBuilder::new(0).record(Some(b"k"), Some(value.as_bytes()), &[]).build()
}

/// Creates the topic and writes ten records, all of one length.
fn written(topics: &Topics, value: &str) -> Arc<Partition> {
    let partition = topics.create(topic(COMPACTED)).expect("no such topic").partition(0).expect("one");
    for _ in 0..10 {
        partition.append_own(&batch(value)).expect("the log takes it");
    }
    partition
}

/// Checks that the topic holds the ten records that were written last, and nothing else of note.
fn check(dir: &Path, value: &str) {
    let topics = open(dir);
    let partition = topics.partition("t", 0).expect("the new topic");
    let mut offset = 0;
    while let Some(slice) = partition.read(offset, 1 << 20, Isolation::Uncommitted, true).unwrap().records {
        for found in batches(slice.load().unwrap()) {
            let (header, bytes) = found.unwrap();
            assert_eq!(header.base_offset, offset);
            assert_eq!(bytes[61..], batch(value)[61..], "the record at {offset}");
            offset += 1;
        }
    }
    assert_eq!((partition.log().start_offset(), offset), (0, 10));
}

#[test]
fn compaction_of_a_deleted_topic_leaves_its_successor_alone() {
    let dir = tempfile::tempdir().unwrap();
    let topics = open(dir.path());
    let old = written(&topics, "old");
    let config = topics.get("t").unwrap().config();
    let plan = old.log().plan_compaction(config.compaction, i64::MAX).expect("worth it");
    topics.delete("t").unwrap();
    written(&topics, "new");
    // Halfway the folder became the new topic's.
    let compacted = plan.run().unwrap();
    old.log().swap(compacted).unwrap();
    let files: Vec<_> = std::fs::read_dir(dir.path().join("topics/t/0")).unwrap().flatten().collect();
    assert!(files.iter().all(|file| file.path().extension().unwrap() != "cleaned"), "{files:?}");
    drop(topics);
    check(dir.path(), "new");
}

#[test]
fn retention_of_a_deleted_topic_leaves_its_successor_alone() {
    let dir = tempfile::tempdir().unwrap();
    let topics = open(dir.path());
    let old = written(&topics, "old");
    topics.delete("t").unwrap();
    written(&topics, "new");
    assert_eq!(old.log().retain(|_| true).unwrap(), 0);
    drop(topics);
    check(dir.path(), "new");
}

#[test]
fn the_index_of_a_deleted_topics_segment_is_not_taken_for_its_successors() {
    let dir = tempfile::tempdir().unwrap();
    let topics = open(dir.path());
    let old = written(&topics, "old");
    let jobs = old.log().seal_jobs().unwrap();
    assert!(!jobs.is_empty());
    topics.delete("t").unwrap();
    written(&topics, "new");
    for job in &jobs {
        let sealed = job.run(false).unwrap();
        old.log().retired(sealed).unwrap();
    }
    let files: Vec<_> = std::fs::read_dir(dir.path().join("topics/t/0")).unwrap().flatten().collect();
    let of_index = |path: &Path| path.to_string_lossy().contains(".index");
    assert!(!files.iter().any(|file| of_index(&file.path())), "{files:?}");
    drop(topics);
    check(dir.path(), "new");
}

#[test]
fn a_deleted_topic_that_is_still_read_makes_no_files() {
    let dir = tempfile::tempdir().unwrap();
    let topics = open(dir.path());
    let old = written(&topics, "old");
    old.log().release();
    topics.delete("t").unwrap();
    topics.create(topic(&[])).unwrap();
    assert!(old.read(0, 1 << 20, Isolation::Uncommitted, true).is_err());
    let files: Vec<_> = std::fs::read_dir(dir.path().join("topics/t/0")).unwrap().flatten().collect();
    assert!(files.is_empty(), "{files:?}");
}

#[test]
fn a_topic_that_could_not_be_created_can_be_created_again() {
    let dir = tempfile::tempdir().unwrap();
    let topics = open(dir.path());
    crate::disk::trace::refuse(Some(dir.path().join("topics/t/0")));
    assert!(matches!(topics.create(topic(&[])), Err(TopicError::Storage(_))));
    assert!(open(dir.path()).get("t").is_none(), "after a restart");
    crate::disk::trace::refuse(None);
    topics.create(topic(&[])).unwrap();
}

#[test]
fn a_topic_that_was_deleted_meanwhile_is_not_changed() {
    let dir = tempfile::tempdir().unwrap();
    let topics = open(dir.path());
    let old = topics.create(topic(&[])).unwrap();
    topics.delete("t").unwrap();
    let new = topics.create(topic(&[])).unwrap();
    assert!(matches!(topics.configure(&old, topic(COMPACTED).configs), Err(TopicError::Unknown(_))));
    assert!(matches!(topics.add_partitions(&old, 3), Err(TopicError::Unknown(_))));
    let stored = read_metadata(&dir.path().join("topics/t")).unwrap();
    assert_eq!((stored.id, stored.partitions, stored.configs), (new.id, 1, BTreeMap::new()));
}

#[test]
fn a_batch_of_a_transaction_that_has_not_written_here_is_left_to_the_coordinator() {
    let dir = tempfile::tempdir().unwrap();
    let topics = open(dir.path());
    let partition = topics.create(topic(&[])).expect("no such topic").partition(0).expect("one");
    let of = |epoch| {
        let batch = BatchBuilder::new(0).transactional(7, epoch).record(None, Some(b"v"), &[]).build();
        (BatchHeader::parse(&batch).unwrap(), batch)
    };
    let append = |epoch| {
        let (header, batch) = of(epoch);
        partition.append_ongoing(header, &batch).map(|info| info.map(|info| info.base_offset))
    };
    assert!(matches!(append(1), Ok(None)));
    let (header, batch) = of(1);
    partition.append(header, &batch).unwrap();
    assert!(matches!(append(1), Ok(Some(1))));
    assert!(matches!(append(2), Ok(None)), "the producer has begun anew");
    assert!(append(0).is_err(), "a stale epoch is refused");
    partition.append_own(&control_marker(ControlType::Commit, 7, 1, 0, 0)).unwrap();
    assert!(matches!(append(1), Ok(None)), "the transaction has ended");
}
