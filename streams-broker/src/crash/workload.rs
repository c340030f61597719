//! What the broker is asked to do, and what it promised.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

use super::request::Bench;
use crate::clock::now_ms;
use crate::disk::trace::{self, Change};
use crate::housekeeping;
use crate::log::BatchBuilder;

/// Something that was acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Promise {
    /// The topic is there.
    Topic(&'static str),
    /// The topic is not there.
    NoTopic(&'static str),
    /// A record is there, unless retention or a deletion has taken it since, or in a compacted
    /// topic a newer one with its key.
    Record(&'static str, i32, i64),
    /// The log begins at least here.
    LogStart(&'static str, i32, i64),
    /// A batch of an idempotent producer that is known when it comes again.
    Batch(&'static str, i32, i64, Bytes),
    /// A group's offset is at least this.
    Offset(&'static str, i64),
    /// Records of a transaction that all may read.
    Committed(Vec<String>),
    /// A topic's configuration.
    TopicConfig(&'static str, &'static str, &'static str),
    /// The broker's configuration.
    BrokerConfig(&'static str, &'static str),
    /// A producer id that nobody else gets.
    ProducerId(i64),
}

/// What happened.
pub(super) struct Story {
    /// All changes of files.
    pub(super) changes: Vec<(PathBuf, Change)>,
    /// Promises, with the number of changes before each.
    pub(super) promises: Vec<(usize, Promise)>,
    /// All records that were sent, by topic, partition and offset: key and value.
    pub(super) truth: BTreeMap<(String, i32), BTreeMap<i64, (String, String)>>,
    /// When transactions were told to commit: from then on their records may be visible.
    pub(super) commits: Vec<(usize, Vec<String>)>,
    /// Values of transactions, which nobody may read before that.
    pub(super) transactional: Vec<String>,
    /// From here on topics may be missing that are to be deleted.
    pub(super) deletions: Vec<(usize, &'static str)>,
}

pub(super) fn text(text: &str) -> StrBytes {
    StrBytes::from_string(text.to_owned())
}

pub(super) fn topic_name(name: &str) -> TopicName {
    TopicName(text(name))
}

/// Does it all below `root`, and stops cleanly.
pub(super) fn run(root: &Path) -> Story {
    trace::start(root);
    let mut writer = Writer {
        root,
        bench: Bench::start(root),
        story: Story {
            changes: Vec::new(),
            promises: Vec::new(),
            truth: BTreeMap::new(),
            commits: Vec::new(),
            transactional: Vec::new(),
            deletions: Vec::new(),
        },
        // Older records would be deleted by retention.
        clock: now_ms(),
    };
    writer.topics();
    writer.records();
    writer.offsets();
    writer.transactions();
    writer.upkeep();
    writer.broker_close();
    let Writer { bench, mut story, .. } = writer;
    drop(bench);
    story.changes = trace::stop(root);
    story
}

struct Writer<'a> {
    root: &'a Path,
    bench: Bench,
    story: Story,
    clock: i64,
}

impl Writer<'_> {
    fn now(&self) -> usize {
        trace::length(self.root)
    }

    fn promise(&mut self, promise: Promise) {
        self.story.promises.push((self.now(), promise));
    }

    fn create(&mut self, name: &'static str, partitions: i32, configs: &[(&str, &str)]) {
        use create_topics_request::{CreatableTopic, CreatableTopicConfig};
        let configs = configs
            .iter()
            .map(|(key, value)| {
                CreatableTopicConfig::default().with_name(text(key)).with_value(Some(text(value)))
            })
            .collect();
        let topic = CreatableTopic::default()
            .with_name(topic_name(name))
            .with_num_partitions(partitions)
            .with_replication_factor(1)
            .with_configs(configs);
        let body = CreateTopicsRequest::default().with_topics(vec![topic]).with_timeout_ms(1_000);
        let answer: CreateTopicsResponse = self.bench.call(ApiKey::CreateTopics, 5, &body);
        assert_eq!(answer.topics[0].error_code, 0);
        self.promise(Promise::Topic(name));
    }

    /// Sends a batch; it is at the end of the log.
    fn send(&mut self, topic: &'static str, partition: i32, batch: &Bytes, records: &[(&str, &str)]) -> i64 {
        use produce_request::{PartitionProduceData, TopicProduceData};
        // It may be written, and found, before it is acknowledged.
        let log = self.bench.broker.topics.partition(topic, partition).expect("it exists");
        let end = log.log().end_offset();
        let known = self.story.truth.entry((topic.to_owned(), partition)).or_default();
        for (offset, (key, value)) in (end..).zip(records) {
            known.insert(offset, ((*key).to_owned(), (*value).to_owned()));
        }
        let data = PartitionProduceData::default().with_index(partition).with_records(Some(batch.clone()));
        let data = TopicProduceData::default().with_name(topic_name(topic)).with_partition_data(vec![data]);
        let body = ProduceRequest::default()
            .with_acks(-1)
            .with_transactional_id(Some(TransactionalId(text("tx"))))
            .with_topic_data(vec![data]);
        let answer: ProduceResponse = self.bench.call(ApiKey::Produce, 9, &body);
        let result = &answer.responses[0].partition_responses[0];
        assert_eq!((result.error_code, result.base_offset), (0, end));
        for offset in (end..).take(records.len()) {
            self.promise(Promise::Record(topic, partition, offset));
        }
        end
    }

    fn plain(&mut self, topic: &'static str, partition: i32, key: &str, value: &str) -> i64 {
        self.clock += 10;
        let batch = BatchBuilder::new(self.clock).record(Some(key.as_bytes()), Some(value.as_bytes()), &[]);
        self.send(topic, partition, &batch.build(), &[(key, value)])
    }

    fn producer_id(&mut self, transactional_id: Option<&str>) -> (i64, i16) {
        let body = InitProducerIdRequest::default()
            .with_transactional_id(transactional_id.map(|id| TransactionalId(text(id))))
            .with_transaction_timeout_ms(60_000)
            .with_producer_id(ProducerId(-1))
            .with_producer_epoch(-1);
        let answer: InitProducerIdResponse = self.bench.call(ApiKey::InitProducerId, 4, &body);
        assert_eq!(answer.error_code, 0);
        self.promise(Promise::ProducerId(answer.producer_id.0));
        (answer.producer_id.0, answer.producer_epoch)
    }

    fn topics(&mut self) {
        self.create("plain", 2, &[("internal.segment.bytes", "600")]);
        self.create("synced", 1, &[("internal.segment.bytes", "600"), ("flush.messages", "1")]);
        self.create("doomed", 1, &[]);
        let compacted = [
            ("internal.segment.bytes", "400"),
            ("cleanup.policy", "compact"),
            ("min.cleanable.dirty.ratio", "0"),
            ("delete.retention.ms", "0"),
        ];
        self.create("compacted", 1, &compacted);
    }

    fn records(&mut self) {
        for n in 0..8 {
            let value = format!("{n}-{}", "v".repeat(100));
            self.plain("plain", 0, "k", &value);
            self.plain("synced", 0, "k", &value);
            self.plain("compacted", 0, &format!("key-{}", n % 3), &value);
        }
        self.plain("doomed", 0, "k", "v");
        let (id, epoch) = self.producer_id(None);
        for sequence in 0..3 {
            let value = format!("idempotent-{sequence}");
            self.clock += 10;
            let batch = BatchBuilder::new(self.clock)
                .idempotent(id, epoch, sequence)
                .record(Some(b"k"), Some(value.as_bytes()), &[])
                .build();
            let base = self.send("plain", 1, &batch, &[("k", &value)]);
            self.promise(Promise::Batch("plain", 1, base, batch));
        }
    }

    fn offsets(&mut self) {
        use offset_commit_request::{OffsetCommitRequestPartition, OffsetCommitRequestTopic};
        for key_type in [0, 1] {
            let body = FindCoordinatorRequest::default().with_key(text("g")).with_key_type(key_type);
            let answer: FindCoordinatorResponse = self.bench.call(ApiKey::FindCoordinator, 2, &body);
            assert_eq!(answer.error_code, 0);
        }
        for offset in [3, 5, 8] {
            let partition = OffsetCommitRequestPartition::default().with_committed_offset(offset);
            let topic = OffsetCommitRequestTopic::default()
                .with_name(topic_name("plain"))
                .with_partitions(vec![partition]);
            let body = OffsetCommitRequest::default()
                .with_group_id(GroupId(text("g")))
                .with_generation_id_or_member_epoch(-1)
                .with_topics(vec![topic]);
            let answer: OffsetCommitResponse = self.bench.call(ApiKey::OffsetCommit, 7, &body);
            assert_eq!(answer.topics[0].partitions[0].error_code, 0);
            self.promise(Promise::Offset("g", offset));
        }
    }

    fn transactions(&mut self) {
        let (id, epoch) = self.producer_id(Some("tx"));
        let mut sequence = 0;
        for (commit, offset) in [(Some(true), 20), (Some(false), 30), (Some(true), 40), (None, 50)] {
            self.add_to_transaction(id, epoch);
            let mut values = Vec::new();
            for n in 0..2 {
                let value = format!("transaction-{offset}-{n}");
                self.story.transactional.push(value.clone());
                self.clock += 10;
                let batch = BatchBuilder::new(self.clock)
                    .transactional(id, epoch)
                    .idempotent(id, epoch, sequence)
                    .record(Some(b"k"), Some(value.as_bytes()), &[])
                    .build();
                sequence += 1;
                self.send("plain", 1, &batch, &[("k", &value)]);
                values.push(value);
            }
            self.commit_in_transaction(id, epoch, offset);
            let Some(committed) = commit else { return };
            if committed {
                self.story.commits.push((self.now(), values.clone()));
            }
            let body = EndTxnRequest::default()
                .with_transactional_id(TransactionalId(text("tx")))
                .with_producer_id(ProducerId(id))
                .with_producer_epoch(epoch)
                .with_committed(committed);
            let answer: EndTxnResponse = self.bench.call(ApiKey::EndTxn, 3, &body);
            assert_eq!(answer.error_code, 0);
            if committed {
                self.promise(Promise::Committed(values));
                self.promise(Promise::Offset("gt", offset));
            }
        }
    }

    fn add_to_transaction(&mut self, id: i64, epoch: i16) {
        use add_partitions_to_txn_request::AddPartitionsToTxnTopic;
        let topic =
            AddPartitionsToTxnTopic::default().with_name(topic_name("plain")).with_partitions(vec![1]);
        let body = AddPartitionsToTxnRequest::default()
            .with_v3_and_below_transactional_id(TransactionalId(text("tx")))
            .with_v3_and_below_producer_id(ProducerId(id))
            .with_v3_and_below_producer_epoch(epoch)
            .with_v3_and_below_topics(vec![topic]);
        let answer: AddPartitionsToTxnResponse = self.bench.call(ApiKey::AddPartitionsToTxn, 3, &body);
        let result = &answer.results_by_topic_v3_and_below[0].results_by_partition[0];
        assert_eq!(result.partition_error_code, 0);
        let body = AddOffsetsToTxnRequest::default()
            .with_transactional_id(TransactionalId(text("tx")))
            .with_producer_id(ProducerId(id))
            .with_producer_epoch(epoch)
            .with_group_id(GroupId(text("gt")));
        let answer: AddOffsetsToTxnResponse = self.bench.call(ApiKey::AddOffsetsToTxn, 3, &body);
        assert_eq!(answer.error_code, 0);
    }

    fn commit_in_transaction(&mut self, id: i64, epoch: i16, offset: i64) {
        use txn_offset_commit_request::{TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic};
        let partition = TxnOffsetCommitRequestPartition::default().with_committed_offset(offset);
        let topic = TxnOffsetCommitRequestTopic::default()
            .with_name(topic_name("plain"))
            .with_partitions(vec![partition]);
        let body = TxnOffsetCommitRequest::default()
            .with_transactional_id(TransactionalId(text("tx")))
            .with_group_id(GroupId(text("gt")))
            .with_producer_id(ProducerId(id))
            .with_producer_epoch(epoch)
            .with_generation_id(-1)
            .with_topics(vec![topic]);
        let answer: TxnOffsetCommitResponse = self.bench.call(ApiKey::TxnOffsetCommit, 3, &body);
        assert_eq!(answer.topics[0].partitions[0].error_code, 0);
    }

    fn alter(&mut self, kind: i8, name: &str, key: &'static str, value: &'static str) {
        use incremental_alter_configs_request::{AlterConfigsResource, AlterableConfig};
        let config = AlterableConfig::default().with_name(text(key)).with_value(Some(text(value)));
        let resource = AlterConfigsResource::default()
            .with_resource_type(kind)
            .with_resource_name(text(name))
            .with_configs(vec![config]);
        let body = IncrementalAlterConfigsRequest::default().with_resources(vec![resource]);
        let answer: IncrementalAlterConfigsResponse =
            self.bench.call(ApiKey::IncrementalAlterConfigs, 1, &body);
        assert_eq!(answer.responses[0].error_code, 0);
    }

    /// Sealing, compaction, retention, deletion, configuration; and records in between.
    fn upkeep(&mut self) {
        housekeeping::pass_all(&self.bench.broker);
        self.alter(2, "plain", "retention.ms", "-1");
        self.promise(Promise::TopicConfig("plain", "retention.ms", "-1"));
        self.alter(4, "1", "message.max.bytes", "777777");
        self.promise(Promise::BrokerConfig("message.max.bytes", "777777"));
        self.delete_records("plain", 3);
        for n in 10..16 {
            let value = format!("{n}-{}", "v".repeat(100));
            self.plain("synced", 0, "k", &value);
            self.plain("compacted", 0, &format!("key-{}", n % 2), &value);
        }
        housekeeping::pass_all(&self.bench.broker);
        self.alter(2, "synced", "retention.bytes", "700");
        self.promise(Promise::TopicConfig("synced", "retention.bytes", "700"));
        housekeeping::pass_all(&self.bench.broker);
        self.story.deletions.push((self.now(), "doomed"));
        let body = DeleteTopicsRequest::default()
            .with_topic_names(vec![topic_name("doomed")])
            .with_timeout_ms(1_000);
        let answer: DeleteTopicsResponse = self.bench.call(ApiKey::DeleteTopics, 4, &body);
        assert_eq!(answer.responses[0].error_code, 0);
        self.promise(Promise::NoTopic("doomed"));
        self.plain("plain", 0, "k", "the last one");
    }

    fn delete_records(&mut self, topic: &'static str, offset: i64) {
        use delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
        let partition = DeleteRecordsPartition::default().with_partition_index(0).with_offset(offset);
        let asked =
            DeleteRecordsTopic::default().with_name(topic_name(topic)).with_partitions(vec![partition]);
        let body = DeleteRecordsRequest::default().with_topics(vec![asked]).with_timeout_ms(1_000);
        let answer: DeleteRecordsResponse = self.bench.call(ApiKey::DeleteRecords, 1, &body);
        assert_eq!(answer.topics[0].partitions[0].error_code, 0);
        self.promise(Promise::LogStart(topic, 0, offset));
    }

    fn broker_close(&mut self) {
        self.bench.broker.stop();
        self.bench.broker.close().expect("all logs can be flushed");
    }
}
