//! Fetch: long polls and sessions.

mod common;

use std::time::{Duration, Instant};

use common::{LONG, Raw, broker, client, produce};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchRequest, FetchTopic, ForgottenTopic};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::{ApiKey, FetchResponse, TopicName};
use kafka_protocol::protocol::StrBytes;
use streams_broker::EmbeddedBroker;

const VERSION: i16 = 12;

fn request(max_wait: Duration, partitions: &[(i32, i64)]) -> FetchRequest {
    let partitions = partitions
        .iter()
        .map(|(index, offset)| {
            FetchPartition::default()
                .with_partition(*index)
                .with_fetch_offset(*offset)
                .with_partition_max_bytes(1 << 20)
        })
        .collect();
    FetchRequest::default()
        .with_max_wait_ms(max_wait.as_millis() as i32)
        .with_min_bytes(1)
        .with_max_bytes(1 << 20)
        .with_topics(vec![
            FetchTopic::default()
                .with_topic(TopicName(StrBytes::from_static_str("t")))
                .with_partitions(partitions),
        ])
}

fn records(response: &FetchResponse) -> usize {
    let partitions = response.responses.iter().flat_map(|topic| &topic.partitions);
    partitions.map(|partition| partition.records.as_ref().map_or(0, |bytes| bytes.len())).sum()
}

#[test]
fn an_append_wakes_a_waiting_fetch() {
    let broker = broker();
    produce(&client(&broker), "t", 0..1);
    let mut raw = Raw::connect(&broker);
    let begun = Instant::now();
    raw.send(ApiKey::Fetch, VERSION, &request(LONG, &[(0, 1)]));
    produce(&client(&broker), "t", 1..2);
    let response: FetchResponse = raw.receive(ApiKey::Fetch, VERSION).expect("an answer");
    assert!(records(&response) > 0);
    assert!(begun.elapsed() < LONG / 2);
}

#[test]
fn a_fetch_without_news_waits_for_its_time_and_comes_back_empty() {
    let broker = broker();
    produce(&client(&broker), "t", 0..1);
    let wait = Duration::from_millis(120);
    let begun = Instant::now();
    let response: FetchResponse =
        Raw::connect(&broker).call(ApiKey::Fetch, VERSION, &request(wait, &[(0, 1)]));
    assert_eq!(records(&response), 0);
    assert!(begun.elapsed() >= wait);
}

#[test]
fn an_offset_beyond_the_end_and_an_unknown_partition_are_answered_at_once() {
    let broker = broker();
    produce(&client(&broker), "t", 0..1);
    let response: FetchResponse =
        Raw::connect(&broker).call(ApiKey::Fetch, VERSION, &request(LONG, &[(0, 7), (9, 0)]));
    let errors: Vec<_> =
        response.responses[0].partitions.iter().map(|partition| partition.error_code).collect();
    assert_eq!(errors, [1, 3]);
}

#[test]
fn a_partition_that_there_is_not_does_not_end_the_wait_for_another() {
    let broker = broker();
    produce(&client(&broker), "t", 0..1);
    let wait = Duration::from_millis(120);
    let begun = Instant::now();
    let response: FetchResponse =
        Raw::connect(&broker).call(ApiKey::Fetch, VERSION, &request(wait, &[(0, 1), (9, 0)]));
    assert_eq!(response.responses[0].partitions[1].error_code, 3);
    assert!(begun.elapsed() >= wait);
    let response: FetchResponse =
        Raw::connect(&broker).call(ApiKey::Fetch, VERSION, &request(LONG, &[(9, 0)]));
    assert_eq!(response.responses[0].partitions[0].error_code, 3);
}

#[test]
fn what_a_partition_leaves_of_the_limit_is_used_up() {
    let broker = EmbeddedBroker::builder().temporary().default_partitions(2).start_blocking().unwrap();
    let mut raw = Raw::connect(&broker);
    produce(&client(&broker), "t", 0..1);
    let size = records(&raw.call(ApiKey::Fetch, VERSION, &request(Duration::ZERO, &[(0, 0)])));
    produce(&client(&broker), "t", 1..2);
    let mut sizes = |max_bytes: usize| -> Vec<usize> {
        let asked = request(Duration::ZERO, &[(1, 0), (0, 0)]).with_max_bytes(max_bytes as i32);
        let response: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &asked);
        let length = |partition: &PartitionData| partition.records.as_ref().map_or(0, |bytes| bytes.len());
        response.responses[0].partitions.iter().map(length).collect()
    };
    assert_eq!(sizes(2 * size), [0, 2 * size]);
    assert_eq!(sizes(2 * size - 1), [0, size]);
    assert_eq!(sizes(0), [0, size]);
}

#[test]
fn an_epoch_that_there_was_not_yet_is_out_of_range_and_a_diverging_log_is_told_the_offsets() {
    let broker = broker();
    produce(&client(&broker), "t", 0..3);
    let mut raw = Raw::connect(&broker);
    let mut fetch = |offset, epoch| {
        let mut asked = request(Duration::ZERO, &[(0, offset)]);
        asked.topics[0].partitions[0].last_fetched_epoch = epoch;
        let response: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &asked);
        let partition = &response.responses[0].partitions[0];
        (partition.error_code, partition.high_watermark, partition.diverging_epoch.end_offset)
    };
    assert_eq!(fetch(0, 5), (1, -1, -1));
    assert_eq!(fetch(9, 0), (0, 3, 3));
    assert_eq!(fetch(3, 0), (0, 3, -1));
}

#[test]
fn a_session_is_told_only_of_news() {
    let broker = EmbeddedBroker::builder().temporary().default_partitions(2).start_blocking().unwrap();
    let mut raw = Raw::connect(&broker);
    produce(&client(&broker), "t", 0..1);
    let begin = request(Duration::ZERO, &[(0, 0), (1, 0)]).with_session_epoch(0);
    let response: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &begin);
    let id = response.session_id;
    assert_ne!(id, 0);
    assert_eq!(response.responses[0].partitions.len(), 2);

    let next = |epoch, partitions: &[(i32, i64)]| {
        let mut next = request(Duration::ZERO, partitions).with_session_id(id).with_session_epoch(epoch);
        if partitions.is_empty() {
            next.topics.clear();
        }
        next
    };
    let response: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &next(1, &[(0, 1)]));
    assert_eq!((response.error_code, response.responses.len()), (0, 0));
    produce(&client(&broker), "t", 1..2);
    let response: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &next(2, &[]));
    assert_eq!(response.responses[0].partitions.len(), 1);
    assert!(records(&response) > 0);

    let response: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &next(9, &[]));
    assert_eq!(response.error_code, 71);
    let unknown = next(1, &[]).with_session_id(id ^ 1);
    let response: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &unknown);
    assert_eq!(response.error_code, 70);
}

#[test]
fn a_session_gives_out_news_in_the_order_in_which_they_were_written() {
    let broker = EmbeddedBroker::builder().temporary().default_partitions(1).start_blocking().unwrap();
    let mut raw = Raw::connect(&broker);
    let client = client(&broker);
    for topic in ["stream", "table"] {
        produce(&client, topic, 0..1);
    }
    let topic = |name, offset| {
        let mut topic = request(Duration::ZERO, &[(0, offset)]).topics.remove(0);
        topic.topic = TopicName(StrBytes::from_static_str(name));
        topic
    };
    let all = |offset| {
        request(Duration::ZERO, &[]).with_topics(vec![topic("stream", offset), topic("table", offset)])
    };
    let names = |response: &FetchResponse| -> Vec<String> {
        response.responses.iter().map(|topic| topic.topic.to_string()).collect()
    };
    let first: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &all(0).with_session_epoch(0));
    assert_eq!(names(&first), ["stream", "table"]);

    produce(&client, "table", 1..2);
    produce(&client, "stream", 1..2);
    let next = all(1).with_session_id(first.session_id).with_session_epoch(1);
    let second: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &next);
    assert_eq!(names(&second), ["table", "stream"]);
}

#[test]
fn what_a_session_is_asked_to_forget_is_forgotten_though_it_is_named_too() {
    let broker = EmbeddedBroker::builder().temporary().default_partitions(2).start_blocking().unwrap();
    let mut raw = Raw::connect(&broker);
    produce(&client(&broker), "t", 0..1);
    let begin = request(Duration::ZERO, &[(0, 0), (1, 0)]).with_session_epoch(0);
    let begun: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &begin);
    let forgotten =
        ForgottenTopic::default().with_topic(begin.topics[0].topic.clone()).with_partitions(vec![0]);
    let next = request(Duration::ZERO, &[(0, 0)])
        .with_session_id(begun.session_id)
        .with_session_epoch(1)
        .with_forgotten_topics_data(vec![forgotten]);
    let response: FetchResponse = raw.call(ApiKey::Fetch, VERSION, &next);
    assert_eq!((response.error_code, response.responses.len()), (0, 0));
}
