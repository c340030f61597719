//! Encoding of the Fetch response. It is written by hand because its records are regions of files,
//! which never pass through memory.

use bytes::{BufMut, BytesMut};

use super::plan::Outcome;
use crate::log::Isolation;
use crate::server::{Part, Reply};

/// Tag of the field that says where the client's log parts from the leader's.
const DIVERGING_EPOCH: u8 = 0;

/// Tag of the field that names the leader.
const CURRENT_LEADER: u8 = 1;

/// Errors that the leader is named with, from version 16.
const NOT_LEADER: i16 = 6;
const FENCED_EPOCH: i16 = 74;

struct Writer {
    flexible: bool,
    buffer: BytesMut,
    parts: Vec<Part>,
}

/// Encodes the response's body.
pub(super) fn encode(
    version: i16,
    error: i16,
    session_id: i32,
    outcomes: &[Outcome],
    isolation: Isolation,
) -> Reply {
    let mut writer = Writer { flexible: version >= 12, buffer: BytesMut::new(), parts: Vec::new() };
    writer.buffer.put_i32(0);
    if version >= 7 {
        writer.buffer.put_i16(error);
        writer.buffer.put_i32(session_id);
    }
    let topics: Vec<&[Outcome]> = outcomes.chunk_by(same_topic).collect();
    writer.count(topics.len());
    for partitions in topics {
        writer.topic(version, partitions, isolation);
    }
    writer.tags();
    writer.finish()
}

/// Says in an answer for how long the client is not served: the number that the body begins with.
pub(super) fn throttled(reply: Reply, time_ms: i32) -> Reply {
    let Reply::Body(mut parts) = reply else { return reply };
    if let Some(Part::Bytes(bytes)) = parts.first_mut()
        && bytes.len() >= 4
    {
        let mut changed = BytesMut::from(&bytes[..]);
        changed[..4].copy_from_slice(&time_ms.to_be_bytes());
        *bytes = changed.freeze();
    }
    Reply::Body(parts)
}

fn same_topic(left: &Outcome, right: &Outcome) -> bool {
    left.wanted.topic == right.wanted.topic && left.wanted.topic_id == right.wanted.topic_id
}

impl Writer {
    fn topic(&mut self, version: i16, partitions: &[Outcome], isolation: Isolation) {
        let Some(first) = partitions.first() else { return };
        if version >= 13 {
            self.buffer.put_slice(first.wanted.topic_id.as_bytes());
        } else {
            self.string(&first.wanted.topic);
        }
        self.count(partitions.len());
        for partition in partitions {
            self.partition(version, partition, isolation);
        }
        self.tags();
    }

    fn partition(&mut self, version: i16, outcome: &Outcome, isolation: Isolation) {
        let result = &outcome.result;
        self.buffer.put_i32(outcome.wanted.partition);
        self.buffer.put_i16(outcome.error);
        self.buffer.put_i64(result.high_watermark);
        self.buffer.put_i64(result.last_stable_offset);
        if version >= 5 {
            self.buffer.put_i64(result.log_start_offset);
        }
        if isolation == Isolation::Committed && outcome.error == 0 {
            self.count(result.aborted.len());
            for aborted in &result.aborted {
                self.buffer.put_i64(aborted.producer_id);
                self.buffer.put_i64(aborted.first_offset);
                self.tags();
            }
        } else if outcome.error != 0 && outcome.leader.is_none() {
            // Where no log was looked at, Apache Kafka has an empty list, not none.
            self.count(0);
        } else if self.flexible {
            self.varint(0);
        } else {
            self.buffer.put_i32(-1);
        }
        if version >= 11 {
            self.buffer.put_i32(-1);
        }
        self.count(outcome.bytes());
        if let Some(slice) = &result.records {
            self.parts.push(Part::Bytes(self.buffer.split().freeze()));
            self.parts.push(Part::File(slice.clone()));
        }
        match (outcome.diverging, outcome.leader) {
            (Some((epoch, end_offset)), _) if self.flexible => {
                self.buffer.put_slice(&[1, DIVERGING_EPOCH, 13]);
                self.buffer.put_i32(epoch);
                self.buffer.put_i64(end_offset);
                self.tags();
            }
            (None, Some((id, epoch)))
                if version >= 16 && matches!(outcome.error, NOT_LEADER | FENCED_EPOCH) =>
            {
                self.buffer.put_slice(&[1, CURRENT_LEADER, 9]);
                self.buffer.put_i32(id);
                self.buffer.put_i32(epoch);
                self.tags();
            }
            _ => self.tags(),
        }
    }

    /// The number of elements of an array, or of bytes.
    fn count(&mut self, count: usize) {
        // Answers are limited to far below 2 GiB.
        if self.flexible { self.varint(count as u32 + 1) } else { self.buffer.put_i32(count as i32) }
    }

    fn string(&mut self, text: &str) {
        if self.flexible {
            self.varint(text.len() as u32 + 1)
        } else {
            self.buffer.put_i16(text.len() as i16)
        }
        self.buffer.put_slice(text.as_bytes());
    }

    /// No tagged fields.
    fn tags(&mut self) {
        if self.flexible {
            self.buffer.put_u8(0);
        }
    }

    fn varint(&mut self, mut value: u32) {
        while value >= 0x80 {
            self.buffer.put_u8(value as u8 | 0x80);
            value >>= 7;
        }
        self.buffer.put_u8(value as u8);
    }

    fn finish(mut self) -> Reply {
        self.parts.push(Part::Bytes(self.buffer.freeze()));
        Reply::Body(self.parts)
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use kafka_protocol::messages::{FetchResponse, TopicName};
    use kafka_protocol::protocol::{Decodable, StrBytes};
    use uuid::Uuid;

    use super::super::plan::Wanted;
    use super::*;
    use crate::log::{AbortedTransaction, ReadResult};

    fn outcome() -> Outcome {
        Outcome {
            wanted: Wanted {
                topic: TopicName(StrBytes::from_static_str("t")),
                topic_id: Uuid::from_u128(7),
                partition: 3,
                offset: 0,
                max_bytes: 1,
                leader_epoch: -1,
                last_fetched_epoch: -1,
            },
            partition: None,
            leader: None,
            error: 0,
            result: ReadResult {
                records: None,
                counted: 0,
                high_watermark: 10,
                last_stable_offset: 9,
                log_start_offset: 2,
                aborted: vec![AbortedTransaction { producer_id: 5, first_offset: 6, last_offset: 8 }],
            },
            diverging: Some((1, 4)),
            last_append: 0,
        }
    }

    #[test]
    fn every_version_is_read_back_by_the_codec() {
        for version in 4..=18 {
            let Reply::Body(parts) = encode(version, 0, 77, &[outcome()], Isolation::Committed) else {
                panic!("a fetch is always answered")
            };
            let Part::Bytes(bytes) = &parts[0] else { panic!("there are no records") };
            let mut bytes: Bytes = bytes.clone();
            let response = FetchResponse::decode(&mut bytes, version).unwrap();
            assert!(bytes.is_empty(), "version {version}");
            let topic = &response.responses[0];
            let partition = &topic.partitions[0];
            assert_eq!(partition.partition_index, 3);
            assert_eq!((partition.high_watermark, partition.last_stable_offset), (10, 9));
            let aborted = &partition.aborted_transactions.as_ref().expect("read_committed")[0];
            assert_eq!((aborted.producer_id.0, aborted.first_offset), (5, 6));
            if version >= 7 {
                assert_eq!(response.session_id, 77);
            }
            if version >= 12 {
                assert_eq!((partition.diverging_epoch.epoch, partition.diverging_epoch.end_offset), (1, 4));
            }
            if version >= 13 {
                assert_eq!(topic.topic_id, Uuid::from_u128(7));
            } else {
                assert_eq!(topic.topic.as_str(), "t");
            }
        }
    }
}
