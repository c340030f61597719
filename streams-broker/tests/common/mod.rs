//! What the tests share: clients, and raw frames.
#![allow(dead_code, reason = "each test file uses a part of it")]

pub(crate) mod process;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use kafka_protocol::messages::{ApiKey, RequestHeader, ResponseHeader};
use kafka_protocol::protocol::{Decodable, Encodable, StrBytes};
use rdkafka::ClientConfig;
use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::message::Message;
use rdkafka::producer::{BaseRecord, Producer, ThreadedProducer};
use rdkafka::topic_partition_list::{Offset, TopicPartitionList};
use streams_broker::{Builder, EmbeddedBroker};

/// A time that no test needs when all is well.
pub(crate) const LONG: Duration = Duration::from_secs(30);

/// A broker with temporary data.
pub(crate) fn broker() -> EmbeddedBroker {
    EmbeddedBroker::builder().temporary().start_blocking().expect("the broker starts")
}

/// A broker with data in this folder.
pub(crate) fn at(dir: &std::path::Path) -> Builder {
    EmbeddedBroker::builder().data_dir(dir)
}

/// A librdkafka configuration.
pub(crate) fn client(broker: &EmbeddedBroker) -> ClientConfig {
    let mut config = ClientConfig::new();
    config.set("bootstrap.servers", broker.bootstrap_servers());
    config
}

/// Produces values `from..to` to partition 0, acknowledged.
pub(crate) fn produce(config: &ClientConfig, topic: &str, range: std::ops::Range<u32>) {
    let producer: ThreadedProducer<_> = config.create().expect("a producer");
    for n in range {
        let value = n.to_string();
        producer.send(BaseRecord::<(), _>::to(topic).partition(0).payload(&value)).expect("queued");
    }
    producer.flush(LONG).expect("all is acknowledged");
}

/// Reads `count` values of partition 0 from an offset on, without a group.
pub(crate) fn consume(config: &ClientConfig, topic: &str, from: i64, count: usize) -> Vec<(i64, String)> {
    let mut config = config.clone();
    let consumer: BaseConsumer =
        config.set("group.id", "none").set("enable.auto.commit", "false").create().expect("a consumer");
    let mut list = TopicPartitionList::new();
    list.add_partition_offset(topic, 0, Offset::Offset(from)).expect("a valid offset");
    consumer.assign(&list).expect("assigned");
    let mut found = Vec::new();
    while found.len() < count {
        let message = consumer.poll(LONG).expect("in time").expect("no error");
        let value = String::from_utf8_lossy(message.payload().expect("a value")).into_owned();
        found.push((message.offset(), value));
    }
    found
}

/// A connection that speaks in frames.
#[derive(Debug)]
pub(crate) struct Raw<S = TcpStream> {
    socket: S,
    correlation: i32,
}

impl Raw {
    /// Connects.
    pub(crate) fn connect(broker: &EmbeddedBroker) -> Self {
        let socket = TcpStream::connect(broker.bootstrap_servers()).expect("the broker listens");
        socket.set_read_timeout(Some(LONG)).expect("a valid time-out");
        Raw::over(socket)
    }
}

impl<S: Read + Write> Raw<S> {
    /// Speaks over a stream that is connected.
    pub(crate) fn over(socket: S) -> Self {
        Raw { socket, correlation: 0 }
    }

    /// The stream.
    pub(crate) fn stream(&mut self) -> &mut S {
        &mut self.socket
    }

    /// Sends bytes as they are.
    pub(crate) fn send_bytes(&mut self, bytes: &[u8]) {
        // The broker may have closed the connection already; reading tells.
        let _ = self.socket.write_all(bytes);
    }

    /// Sends a request.
    pub(crate) fn send<T: Encodable>(&mut self, key: ApiKey, version: i16, body: &T) {
        self.correlation += 1;
        let mut frame = Vec::new();
        RequestHeader::default()
            .with_request_api_key(key as i16)
            .with_request_api_version(version)
            .with_correlation_id(self.correlation)
            .with_client_id(Some(StrBytes::from_static_str("raw")))
            .encode(&mut frame, key.request_header_version(version))
            .expect("a valid header");
        body.encode(&mut frame, version).expect("a valid body");
        let length = i32::try_from(frame.len()).expect("a small frame");
        self.send_bytes(&[&length.to_be_bytes()[..], &frame].concat());
    }

    /// Reads an answer's frame, `None` if the broker has closed the connection.
    pub(crate) fn receive_bytes(&mut self) -> Option<Vec<u8>> {
        let mut length = [0; 4];
        self.socket.read_exact(&mut length).ok()?;
        let mut frame = vec![0; u32::from_be_bytes(length) as usize];
        self.socket.read_exact(&mut frame).ok()?;
        Some(frame)
    }

    /// Reads the answer to the last request.
    pub(crate) fn receive<T: Decodable>(&mut self, key: ApiKey, version: i16) -> Option<T> {
        let frame = self.receive_bytes()?;
        let mut bytes = bytes::Bytes::from(frame);
        let header =
            ResponseHeader::decode(&mut bytes, key.response_header_version(version)).expect("a header");
        assert_eq!(header.correlation_id, self.correlation);
        let body = T::decode(&mut bytes, version).expect("a body of this version");
        assert!(bytes.is_empty(), "bytes behind the body");
        Some(body)
    }

    /// Sends a request and reads the answer.
    pub(crate) fn call<Q: Encodable, A: Decodable>(&mut self, key: ApiKey, version: i16, body: &Q) -> A {
        self.send(key, version, body);
        self.receive(key, version).expect("an answer")
    }
}

/// A record batch, uncompressed, of one record without a key.
pub(crate) fn batch(value: &[u8]) -> Vec<u8> {
    let varint = |number: usize| {
        let mut zigzag = (number as u64) << 1;
        let mut bytes = Vec::new();
        while zigzag > 0x7f {
            bytes.push(zigzag as u8 | 0x80);
            zigzag >>= 7;
        }
        bytes.push(zigzag as u8);
        bytes
    };
    // Attributes, timestamp and offset deltas, no key (-1), the value, no headers.
    let body = [&[0, 0, 0, 1][..], &varint(value.len()), value, &[0]].concat();
    let record = [varint(body.len()), body].concat();
    let checked = [
        &[0; 2][..],
        &0i32.to_be_bytes(),
        &1i64.to_be_bytes(),
        &1i64.to_be_bytes(),
        &(-1i64).to_be_bytes(),
        &(-1i16).to_be_bytes(),
        &(-1i32).to_be_bytes(),
        &1i32.to_be_bytes(),
        &record,
    ]
    .concat();
    let length = i32::try_from(9 + checked.len()).expect("a small batch");
    let crc = crc32c::crc32c(&checked);
    [&[0; 8][..], &length.to_be_bytes(), &(-1i32).to_be_bytes(), &[2], &crc.to_be_bytes(), &checked].concat()
}

/// Sends a batch to partition 0 and returns the error code.
pub(crate) fn produce_batch<S: Read + Write>(raw: &mut Raw<S>, topic: &str, batch: Vec<u8>) -> i16 {
    use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
    use kafka_protocol::messages::{ProduceRequest, ProduceResponse, TopicName};
    let partition = PartitionProduceData::default().with_records(Some(batch.into()));
    let name = TopicName(StrBytes::from_string(topic.to_owned()));
    let data = TopicProduceData::default().with_name(name).with_partition_data(vec![partition]);
    let request = ProduceRequest::default()
        .with_transactional_id(None)
        .with_acks(-1)
        .with_timeout_ms(1000)
        .with_topic_data(vec![data]);
    let response: ProduceResponse = raw.call(ApiKey::Produce, 9, &request);
    response.responses[0].partition_responses[0].error_code
}

/// Asks for the batches of partition 0 from an offset on.
pub(crate) fn send_fetch<S: Read + Write>(raw: &mut Raw<S>, topic: &str, offset: i64) {
    use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
    use kafka_protocol::messages::{FetchRequest, TopicName};
    let partition = FetchPartition::default().with_fetch_offset(offset).with_partition_max_bytes(i32::MAX);
    let name = TopicName(StrBytes::from_string(topic.to_owned()));
    let topic = FetchTopic::default().with_topic(name).with_partitions(vec![partition]);
    let request = FetchRequest::default().with_max_bytes(i32::MAX).with_topics(vec![topic]);
    raw.send(ApiKey::Fetch, 11, &request);
}

/// Fetches the batches of partition 0 from an offset on.
pub(crate) fn fetch_records<S: Read + Write>(raw: &mut Raw<S>, topic: &str, offset: i64) -> Vec<u8> {
    use kafka_protocol::messages::FetchResponse;
    send_fetch(raw, topic, offset);
    let response: FetchResponse = raw.receive(ApiKey::Fetch, 11).expect("an answer");
    let partition = &response.responses[0].partitions[0];
    assert_eq!(partition.error_code, 0);
    partition.records.as_ref().map(|records| records.to_vec()).unwrap_or_default()
}
