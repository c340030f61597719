//! Transactions, with librdkafka's producer (version 1) and with raw frames (version 2).
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

mod common;

use common::{LONG, Raw, at, broker, client, consume};
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use rdkafka::types::RDKafkaErrorCode;
use streams_broker::EmbeddedBroker;

type TxnProducer = ThreadedProducer<rdkafka::producer::DefaultProducerContext>;

fn producer(broker: &EmbeddedBroker, id: &str) -> TxnProducer {
    let producer: TxnProducer = client(broker).set("transactional.id", id).create().unwrap();
    producer.init_transactions(LONG).unwrap();
    producer
}

fn send(producer: &TxnProducer, value: &str) {
    producer.send(BaseRecord::<(), _>::to("t").partition(0).payload(value)).unwrap();
}

fn committed_reader(broker: &EmbeddedBroker) -> ClientConfig {
    let mut config = client(broker);
    config.set("isolation.level", "read_committed");
    config
}

fn values(found: Vec<(i64, String)>) -> Vec<String> {
    found.into_iter().map(|(_, value)| value).collect()
}

#[test]
fn committed_records_are_read_and_aborted_ones_are_not() {
    let broker = broker();
    let producer = producer(&broker, "tx");
    for (value, commit) in [("one", true), ("two", false), ("three", true)] {
        producer.begin_transaction().unwrap();
        send(&producer, value);
        if commit {
            producer.commit_transaction(LONG).unwrap();
        } else {
            producer.flush(LONG).unwrap();
            producer.abort_transaction(LONG).unwrap();
        }
    }
    assert_eq!(values(consume(&committed_reader(&broker), "t", 0, 2)), ["one", "three"]);
    let mut all = client(&broker);
    all.set("isolation.level", "read_uncommitted");
    // A marker takes one offset.
    let found = consume(&all, "t", 0, 3);
    assert_eq!(found, [(0, "one".into()), (2, "two".into()), (4, "three".into())]);
}

#[test]
fn a_second_producer_fences_the_first() {
    let broker = broker();
    let first = producer(&broker, "tx");
    first.begin_transaction().unwrap();
    send(&first, "lost");
    first.flush(LONG).unwrap();
    let second = producer(&broker, "tx");
    let error = first.commit_transaction(LONG).unwrap_err();
    let KafkaError::Transaction(error) = error else { panic!("{error}") };
    assert!(error.is_fatal(), "{error}");
    second.begin_transaction().unwrap();
    send(&second, "kept");
    second.commit_transaction(LONG).unwrap();
    assert_eq!(values(consume(&committed_reader(&broker), "t", 0, 1)), ["kept"]);
}

fn group_consumer(broker: &EmbeddedBroker) -> BaseConsumer {
    let mut config = client(broker);
    config.set("group.id", "g").set("enable.auto.commit", "false").set("auto.offset.reset", "earliest");
    config.create().unwrap()
}

fn committed(broker: &EmbeddedBroker) -> Offset {
    let mut list = TopicPartitionList::new();
    list.add_partition("t", 0);
    let found = group_consumer(broker).committed_offsets(list, LONG).unwrap();
    found.find_partition("t", 0).unwrap().offset()
}

#[test]
fn offsets_are_committed_with_their_transaction_only() {
    let dir = tempfile::tempdir().unwrap();
    let broker = at(dir.path()).start_blocking().unwrap();
    common::produce(&client(&broker), "t", 0..10);
    let txn = producer(&broker, "tx");
    let consumer = group_consumer(&broker);
    let membership = consumer.group_metadata().unwrap();
    for (offset, commit) in [(3, true), (7, false)] {
        let mut list = TopicPartitionList::new();
        list.add_partition_offset("t", 0, Offset::Offset(offset)).unwrap();
        txn.begin_transaction().unwrap();
        txn.send_offsets_to_transaction(&list, &membership, LONG).unwrap();
        if commit {
            txn.commit_transaction(LONG).unwrap();
        } else {
            txn.abort_transaction(LONG).unwrap();
        }
    }
    assert_eq!(committed(&broker), Offset::Offset(3));
    broker.kill();
    let broker = at(dir.path()).start_blocking().unwrap();
    assert_eq!(committed(&broker), Offset::Offset(3));
}

#[test]
fn an_open_transaction_is_aborted_over_its_time_out() {
    let broker = EmbeddedBroker::builder()
        .temporary()
        .config("transaction.abort.timed.out.transaction.cleanup.interval.ms", "50")
        .start_blocking()
        .unwrap();
    let late: TxnProducer = client(&broker)
        .set("transactional.id", "late")
        .set("transaction.timeout.ms", "1000")
        .create()
        .unwrap();
    late.init_transactions(LONG).unwrap();
    late.begin_transaction().unwrap();
    send(&late, "late");
    late.flush(LONG).unwrap();
    let other = producer(&broker, "other");
    other.begin_transaction().unwrap();
    send(&other, "in time");
    other.commit_transaction(LONG).unwrap();
    // The last stable offset can only pass the late transaction once it is aborted.
    assert_eq!(values(consume(&committed_reader(&broker), "t", 0, 1)), ["in time"]);
    assert!(late.commit_transaction(LONG).is_err());
}

#[test]
fn transactions_go_on_after_a_kill() {
    let dir = tempfile::tempdir().unwrap();
    let broker = at(dir.path()).start_blocking().unwrap();
    let before = producer(&broker, "tx");
    before.begin_transaction().unwrap();
    send(&before, "kept");
    before.commit_transaction(LONG).unwrap();
    before.begin_transaction().unwrap();
    send(&before, "left open");
    before.flush(LONG).unwrap();
    broker.kill();
    drop(before);
    let broker = at(dir.path()).start_blocking().unwrap();
    let after = producer(&broker, "tx");
    after.begin_transaction().unwrap();
    send(&after, "new");
    after.commit_transaction(LONG).unwrap();
    assert_eq!(values(consume(&committed_reader(&broker), "t", 0, 2)), ["kept", "new"]);
}

#[test]
fn a_committing_producer_learns_that_it_was_fenced() {
    let broker = broker();
    let first = producer(&broker, "tx");
    let _second = producer(&broker, "tx");
    first.begin_transaction().unwrap();
    send(&first, "never");
    let Err(KafkaError::Transaction(error)) = first.commit_transaction(LONG) else {
        panic!("a fenced producer cannot commit");
    };
    assert!(
        matches!(
            error.code(),
            RDKafkaErrorCode::Fenced | RDKafkaErrorCode::ProducerFenced | RDKafkaErrorCode::Fatal
        ),
        "{error}"
    );
}

fn id() -> TransactionalId {
    TransactionalId(StrBytes::from_static_str("raw"))
}

fn init(raw: &mut Raw) -> (ProducerId, i16) {
    let request = InitProducerIdRequest::default()
        .with_transactional_id(Some(id()))
        .with_transaction_timeout_ms(60_000)
        .with_producer_id(ProducerId(-1))
        .with_producer_epoch(-1);
    let answer: InitProducerIdResponse = raw.call(ApiKey::InitProducerId, 5, &request);
    assert_eq!(answer.error_code, 0);
    (answer.producer_id, answer.producer_epoch)
}

fn end(raw: &mut Raw, version: i16, producer: (ProducerId, i16), commit: bool) -> EndTxnResponse {
    let request = EndTxnRequest::default()
        .with_transactional_id(id())
        .with_producer_id(producer.0)
        .with_producer_epoch(producer.1)
        .with_committed(commit);
    raw.call(ApiKey::EndTxn, version, &request)
}

#[test]
fn end_txn_of_version_5_answers_the_next_epoch_and_repeats_it() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let (producer, epoch) = init(&mut raw);
    let offsets = AddOffsetsToTxnRequest::default()
        .with_transactional_id(id())
        .with_producer_id(producer)
        .with_producer_epoch(epoch)
        .with_group_id(GroupId(StrBytes::from_static_str("g")));
    let added: AddOffsetsToTxnResponse = raw.call(ApiKey::AddOffsetsToTxn, 4, &offsets);
    assert_eq!(added.error_code, 0);
    let first = end(&mut raw, 5, (producer, epoch), true);
    assert_eq!((first.error_code, first.producer_id, first.producer_epoch), (0, producer, epoch + 1));
    let again = end(&mut raw, 5, (producer, epoch), true);
    assert_eq!((again.error_code, again.producer_epoch), (0, epoch + 1));
}

#[test]
fn the_code_of_a_fenced_producer_depends_on_the_version() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let old = init(&mut raw);
    init(&mut raw);
    let codes: Vec<i16> = (0..=5).map(|version| end(&mut raw, version, old, true).error_code).collect();
    assert_eq!(codes, [47, 47, 90, 90, 90, 90]);
}

#[test]
fn an_end_without_a_beginning_is_error_48() {
    let broker = broker();
    let mut raw = Raw::connect(&broker);
    let producer = init(&mut raw);
    assert_eq!(end(&mut raw, 4, producer, true).error_code, 48);
    assert_eq!(end(&mut raw, 5, producer, true).error_code, 48);
}

#[test]
fn a_transaction_that_hangs_can_be_aborted_in_its_partition() {
    let broker = broker();
    let hanging = producer(&broker, "hanging");
    hanging.begin_transaction().unwrap();
    send(&hanging, "lost");
    hanging.flush(LONG).unwrap();
    let topic = || TopicName(StrBytes::from_static_str("t"));
    let raw = &mut Raw::connect(&broker);
    let asked = describe_producers_request::TopicRequest::default()
        .with_name(topic())
        .with_partition_indexes(vec![0]);
    let body = DescribeProducersRequest::default().with_topics(vec![asked]);
    let found: DescribeProducersResponse = raw.call(ApiKey::DescribeProducers, 0, &body);
    let open = &found.topics[0].partitions[0].active_producers[0];
    assert_eq!(open.current_txn_start_offset, 0);

    let mut abort = |epoch, partitions| {
        let topic = write_txn_markers_request::WritableTxnMarkerTopic::default()
            .with_name(topic())
            .with_partition_indexes(partitions);
        let marker = write_txn_markers_request::WritableTxnMarker::default()
            .with_producer_id(open.producer_id)
            .with_producer_epoch(epoch)
            .with_topics(vec![topic]);
        let body = WriteTxnMarkersRequest::default().with_markers(vec![marker]);
        let answer: WriteTxnMarkersResponse = raw.call(ApiKey::WriteTxnMarkers, 1, &body);
        let partitions = answer.markers[0].topics[0].partitions.iter();
        partitions.map(|partition| (partition.partition_index, partition.error_code)).collect::<Vec<_>>()
    };
    let epoch = open.producer_epoch as i16;
    assert_eq!(abort(epoch - 1, vec![0]), [(0, 47)]);
    assert_eq!(abort(epoch, vec![0, 9]), [(0, 0), (9, 3)]);
    let other = producer(&broker, "other");
    other.begin_transaction().unwrap();
    send(&other, "read");
    other.commit_transaction(LONG).unwrap();
    assert_eq!(values(consume(&committed_reader(&broker), "t", 0, 1)), ["read"]);
}
