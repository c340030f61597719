//! Entries of the fuzz targets: records of the internal topics, and what requests carry inside.

use super::GroupConfig;
use super::codec::{Field, Reader};
use super::records::*;
use super::shard::GroupShard;
use super::streams::messages::{StreamsGroupDescribeRequest, StreamsGroupHeartbeatRequest};
use super::topics::{TopicImage, TopicView};
use super::txn::TxnState;
use uuid::Uuid;

/// One topic.
#[derive(Debug)]
struct OneTopic;

impl OneTopic {
    fn image() -> TopicImage {
        TopicImage { name: "t".into(), id: Uuid::from_u128(1), partitions: 4 }
    }
}

impl TopicView for OneTopic {
    fn by_name(&self, name: &str) -> Option<TopicImage> {
        (name == "t").then(Self::image)
    }
    fn by_id(&self, id: Uuid) -> Option<TopicImage> {
        (id.as_u128() == 1).then(Self::image)
    }
    fn names(&self) -> Vec<String> {
        vec!["t".into()]
    }
}

pub(crate) fn read_heartbeat(body: &[u8]) {
    let _ = StreamsGroupHeartbeatRequest::read(&mut Reader::new(body));
}

pub(crate) fn read_streams_describe(body: &[u8]) {
    let _ = StreamsGroupDescribeRequest::read(&mut Reader::new(body));
}

/// Keys and values, each behind its length in 16 bits; the length −1 is null.
fn joined(records: &[(Vec<u8>, Option<Vec<u8>>)]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for (key, value) in records {
        for field in [Some(key), value.as_ref()] {
            bytes.extend_from_slice(&field.map_or(-1i16, |field| field.len() as i16).to_be_bytes());
            bytes.extend_from_slice(field.map_or(&[], Vec::as_slice));
        }
    }
    bytes
}

/// Undoes [`joined`].
fn split(bytes: &[u8]) -> Vec<(&[u8], Option<&[u8]>)> {
    let mut r = Reader::new(bytes);
    let mut next = || -> Option<Option<&[u8]>> {
        let length = r.i16().ok()?;
        usize::try_from(length).map_or(Some(None), |length| r.take(length).ok().map(Some))
    };
    std::iter::from_fn(|| Some((next()?.unwrap_or_default(), next()?))).collect()
}

pub(crate) fn group_seeds() -> Vec<Vec<u8>> {
    let group = || "g".to_owned();
    let member = || "m".to_owned();
    let offset = OffsetValue {
        offset: 10,
        leader_epoch: 1,
        metadata: "m".into(),
        commit_timestamp: 9,
        expire_timestamp: -1,
        topic_id: uuid::Uuid::from_bytes([5; 16]),
    };
    let classic = GroupMetadataValue {
        protocol_type: "consumer".into(),
        generation: 4,
        protocol: Some("range".into()),
        leader: Some(member()),
        state_timestamp: 77,
        members: vec![MemberMetadata {
            member_id: member(),
            instance_id: Some("i".into()),
            assignment: b"abc".to_vec().into(),
            ..MemberMetadata::default()
        }],
    };
    let consumer = ConsumerMemberMetadataValue {
        subscribed_topic_names: vec!["t".into()],
        subscribed_topic_regex: Some("a.*".into()),
        classic: Some(ClassicMemberMetadata { session_timeout_ms: 5, supported_protocols: vec![] }),
        ..ConsumerMemberMetadataValue::default()
    };
    let current = StreamsCurrentAssignmentValue {
        member_epoch: 3,
        active: vec![StreamsTaskIds {
            subtopology_id: "0".into(),
            partitions: vec![1],
            assignment_epochs: None,
        }],
        ..StreamsCurrentAssignmentValue::default()
    };
    let all = [
        GroupRecord::Offset { group: group(), topic: "t".into(), partition: 2, value: Some(offset) },
        GroupRecord::Classic { group: group(), value: Some(classic) },
        GroupRecord::ConsumerMetadata { group: group(), value: Some(Default::default()) },
        GroupRecord::ConsumerMember { group: group(), member: member(), value: Some(consumer) },
        GroupRecord::ConsumerTargetMetadata { group: group(), value: Some(Default::default()) },
        GroupRecord::ConsumerTargetMember {
            group: group(),
            member: member(),
            value: Some(Default::default()),
        },
        GroupRecord::ConsumerCurrent { group: group(), member: member(), value: Some(Default::default()) },
        GroupRecord::StreamsMetadata { group: "s".into(), value: Some(Default::default()) },
        GroupRecord::StreamsTopology { group: "s".into(), value: Some(Default::default()) },
        GroupRecord::StreamsMember { group: "s".into(), member: member(), value: Some(Default::default()) },
        GroupRecord::StreamsTargetMember {
            group: "s".into(),
            member: member(),
            value: Some(Default::default()),
        },
        GroupRecord::StreamsCurrent { group: "s".into(), member: member(), value: Some(current) },
        GroupRecord::ConsumerMember { group: group(), member: member(), value: None },
        GroupRecord::StreamsTopology { group: "s".into(), value: None },
    ];
    let mut seeds: Vec<_> = all.iter().map(|record| joined(&[record.encode()])).collect();
    seeds.push(joined(&all.iter().map(GroupRecord::encode).collect::<Vec<_>>()));
    seeds
}

/// Replays records as at a start, then lets all deadlines pass.
pub(crate) fn group_record(input: &[u8]) {
    let mut shard = GroupShard::new(GroupConfig::default(), Box::new(|| Uuid::from_u128(2)));
    for (offset, (key, value)) in (0..).zip(split(input)) {
        if let Ok(Some(record)) = GroupRecord::decode(key, value) {
            let (key, value) = record.encode();
            assert_eq!(
                GroupRecord::decode(&key, value.as_deref()).as_ref(),
                Ok(&Some(record.clone())),
                "a record survives its own encoding"
            );
            shard.replay(offset, (offset % 3 == 0).then_some(7), record);
        }
        if offset % 5 == 4 {
            shard.replay_marker(7, offset % 2 == 0);
        }
    }
    shard.loaded(0, &|_, _| 45_000);
    for _ in 0..20 {
        let Some(at) = shard.next_deadline() else { break };
        let Some(outcome) = shard.tick(at) else { break };
        for record in outcome.records {
            shard.replay(0, None, record);
        }
    }
}

pub(crate) fn transaction_seeds() -> Vec<Vec<u8>> {
    let record = TransactionLogRecord::sample();
    let forgotten = TransactionLogRecord { value: None, ..record.clone() };
    let (record, forgotten) = (record.encode(), forgotten.encode());
    vec![joined(std::slice::from_ref(&record)), joined(&[record, forgotten])]
}

pub(crate) fn transaction_record(input: &[u8]) {
    let mut state = TxnState::default();
    for (key, value) in split(input) {
        if let Ok(Some(record)) = TransactionLogRecord::decode(key, value) {
            state.replay(record);
        }
    }
    let _ = state.prepared();
}

pub(crate) fn subscription_seeds() -> Vec<Vec<u8>> {
    vec![
        vec![0, 0, 0, 0, 0, 1, 0, 1, b't', 0xff, 0xff, 0xff, 0xff],
        [
            &[0, 3, 0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 1, b'u'][..],
            &[0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1],
            &[0, 0, 0, 5, 0, 1, b'r'],
        ]
        .concat(),
        [&[0, 0, 0, 0, 0, 1, 0, 1, b't', 0, 0, 0, 1, 0, 0, 0, 3][..], &[0xff; 4]].concat(),
    ]
}

pub(crate) fn subscription(input: &[u8]) {
    super::consumer::read_embedded(input, &OneTopic);
}
