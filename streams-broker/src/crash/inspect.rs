//! Starts a broker on an image and asks it for what was promised.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kafka_protocol::messages::*;

use super::image::Loss;
use super::request::Bench;
use super::workload::{Promise, Story, text, topic_name};
use crate::log::{BatchBuilder, Isolation, batches, records};
use crate::topics::Partition;

/// What a partition holds.
#[derive(Debug, Default)]
struct Content {
    start: i64,
    end: i64,
    /// Key and value by offset.
    records: BTreeMap<i64, (String, String)>,
    /// Values that a read_committed consumer sees.
    committed: BTreeSet<String>,
}

/// Checks that promises made before `cut` are kept, and that nothing is there that should not be.
pub(super) fn inspect(story: &Story, dir: &Path, loss: Loss, cut: usize) {
    let bench = Bench::start(dir);
    let promises = || story.promises.iter().take_while(|(at, _)| *at <= cut).map(|(_, promise)| promise);
    let mut contents = BTreeMap::new();
    for (topic, partition) in story.truth.keys() {
        if let Some(found) = bench.broker.topics.partition(topic, *partition) {
            let content = read(&found, may_have_holes(topic, loss));
            check_content(story, topic, *partition, &content);
            contents.insert((topic.as_str(), *partition), content);
        }
    }
    for promise in promises() {
        // Records and offsets are promised to survive the process, not the machine.
        let kept = match promise {
            Promise::Record(topic, ..) => loss == Loss::Nothing || *topic == "synced",
            Promise::Batch(..) | Promise::Offset(..) | Promise::Committed(_) => loss == Loss::Nothing,
            _ => true,
        };
        if kept {
            check_promise(&bench, story, &contents, promise, cut);
        }
    }
    check_visibility(story, &contents, cut);
    check_writing(&bench, &contents, loss);
}

/// Compaction leaves holes; so does a segment of which nothing had been synced when the power
/// failed: offsets are not given out again.
fn may_have_holes(topic: &str, loss: Loss) -> bool {
    topic == "compacted" || (loss != Loss::Nothing && topic != "synced")
}

fn read(partition: &Partition, holes: bool) -> Content {
    let (start, end) = {
        let log = partition.log();
        (log.start_offset(), log.end_offset())
    };
    let mut content = Content { start, end, ..Content::default() };
    let mut next = start;
    let mut offset = start;
    while offset < end {
        let result = partition.read(offset, 1 << 20, Isolation::Uncommitted, true).expect("readable");
        let Some(slice) = result.records else { break };
        for batch in batches(slice.load().expect("the file can be read")) {
            let (header, bytes) = batch.expect("whole batches");
            header.check_crc(&bytes).expect("a right checksum");
            assert!(header.base_offset <= next || holes, "a hole at {next}");
            assert!(header.next_offset() > offset, "offsets grow");
            next = header.next_offset();
            offset = next;
            let decoded = records(&header, &bytes).expect("records");
            for record in decoded.iter().map(|record| record.expect("well-formed")) {
                if header.attributes.is_control() || record.offset < start {
                    continue;
                }
                let field =
                    |bytes: Option<&[u8]>| String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned();
                content.records.insert(record.offset, (field(record.key), field(record.value)));
            }
        }
    }
    content.committed = committed(partition, start);
    content
}

/// The values that a read_committed consumer sees.
fn committed(partition: &Partition, start: i64) -> BTreeSet<String> {
    let mut values = BTreeSet::new();
    let mut offset = start;
    loop {
        let result = partition.read(offset, 1 << 20, Isolation::Committed, true).expect("readable");
        let Some(slice) = result.records else { return values };
        for (header, bytes) in batches(slice.load().expect("the file can be read")).map_while(Result::ok) {
            offset = header.next_offset();
            let aborted = header.attributes.is_transactional()
                && result.aborted.iter().any(|aborted| {
                    aborted.producer_id == header.producer_id
                        && (aborted.first_offset..aborted.last_offset).contains(&header.base_offset)
                });
            if aborted || header.attributes.is_control() {
                continue;
            }
            let decoded = records(&header, &bytes).expect("records");
            for record in decoded.iter().map_while(Result::ok) {
                values.insert(String::from_utf8_lossy(record.value.unwrap_or_default()).into_owned());
            }
        }
    }
}

/// Every record that is there was sent, and lies where it was put.
fn check_content(story: &Story, topic: &str, partition: i32, content: &Content) {
    let sent = &story.truth[&(topic.to_owned(), partition)];
    for (offset, record) in &content.records {
        assert_eq!(Some(record), sent.get(offset), "{topic}-{partition}@{offset}");
    }
}

fn check_promise(
    bench: &Bench,
    story: &Story,
    contents: &BTreeMap<(&str, i32), Content>,
    promise: &Promise,
    cut: usize,
) {
    let may_be_gone = |topic: &str| story.deletions.iter().any(|(at, name)| *at <= cut && *name == topic);
    match promise {
        Promise::Topic(topic) => {
            assert!(may_be_gone(topic) || bench.broker.topics.get(topic).is_some(), "{topic} is missing");
        }
        Promise::NoTopic(topic) => assert!(bench.broker.topics.get(topic).is_none(), "{topic} is back"),
        Promise::Record(topic, partition, offset) => {
            if may_be_gone(topic) {
                return;
            }
            let content = &contents[&(*topic, *partition)];
            let key = &story.truth[&((*topic).to_owned(), *partition)][offset].0;
            let replaced = *topic == "compacted"
                && content.records.iter().any(|(at, record)| at >= offset && record.0 == *key);
            let kept = replaced || *offset < content.start || content.records.contains_key(offset);
            assert!(kept, "{topic}-{partition}@{offset} is lost: {content:?}");
        }
        Promise::LogStart(topic, partition, offset) => {
            assert!(contents[&(*topic, *partition)].start >= *offset, "deleted records are back");
        }
        Promise::Batch(topic, partition, base, batch) => {
            let log = bench.broker.topics.partition(topic, *partition).expect("it exists");
            let again = log.append_own(batch).expect("a batch that is known");
            assert_eq!((again.duplicate, again.base_offset), (true, *base), "the batch is not known");
        }
        Promise::Offset(group, offset) => {
            let found = committed_offset(bench, group);
            assert!(found >= *offset, "{group} fell back to {found} from {offset}");
        }
        Promise::Committed(values) => {
            let seen = &contents[&("plain", 1)].committed;
            assert!(values.iter().all(|value| seen.contains(value)), "{values:?} are not visible: {seen:?}");
        }
        Promise::TopicConfig(topic, key, value) => {
            let overrides = bench.broker.topics.get(topic).expect("it exists").overrides();
            assert_eq!(overrides.get(*key).map(String::as_str), Some(*value));
        }
        Promise::BrokerConfig(key, value) => assert_eq!(bench.broker.settings.now().value(key), *value),
        Promise::ProducerId(id) => {
            let next = bench.broker.identity.next_producer_id().expect("the file can be written");
            assert!(next > *id, "the producer id {next} has been given out before");
        }
    }
}

fn committed_offset(bench: &Bench, group: &str) -> i64 {
    use offset_fetch_request::OffsetFetchRequestTopic;
    let topic =
        OffsetFetchRequestTopic::default().with_name(topic_name("plain")).with_partition_indexes(vec![0]);
    let body =
        OffsetFetchRequest::default().with_group_id(GroupId(text(group))).with_topics(Some(vec![topic]));
    let answer: OffsetFetchResponse = bench.call(ApiKey::OffsetFetch, 5, &body);
    answer.topics[0].partitions[0].committed_offset
}

/// Nobody sees records of transactions that nobody has committed.
fn check_visibility(story: &Story, contents: &BTreeMap<(&str, i32), Content>, cut: usize) {
    let Some(content) = contents.get(&("plain", 1)) else { return };
    let allowed: BTreeSet<&String> =
        story.commits.iter().filter(|(at, _)| *at <= cut).flat_map(|(_, values)| values).collect();
    for value in &story.transactional {
        assert!(!content.committed.contains(value) || allowed.contains(value), "{value} is visible");
    }
}

/// Every log goes on where it ended.
fn check_writing(bench: &Bench, contents: &BTreeMap<(&str, i32), Content>, loss: Loss) {
    for ((topic, partition), content) in contents {
        let log = bench.broker.topics.partition(topic, *partition).expect("it exists");
        let batch = BatchBuilder::new(9_000).record(Some(b"k"), Some(b"after"), &[]).build();
        let base = log.append_own(&batch).expect("the log takes it").base_offset;
        assert_eq!(base, content.end, "{topic}-{partition}");
        let after = read(&log, may_have_holes(topic, loss));
        assert_eq!(after.records.get(&base).map(|(_, value)| value.as_str()), Some("after"));
    }
}
