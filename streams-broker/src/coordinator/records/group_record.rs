//! One record of `__consumer_offsets`: every change of the group coordinator's state is one of these.

use super::*;
use crate::coordinator::codec::{DecodeError, Field, Reader, Writer};

/// A record of `__consumer_offsets`; a `None` value is a tombstone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum GroupRecord {
    /// Key type 1.
    Offset { group: String, topic: String, partition: i32, value: Option<OffsetValue> },
    /// Key type 2.
    Classic { group: String, value: Option<GroupMetadataValue> },
    /// Key type 3.
    ConsumerMetadata { group: String, value: Option<ConsumerGroupMetadataValue> },
    /// Key type 5.
    ConsumerMember { group: String, member: String, value: Option<ConsumerMemberMetadataValue> },
    /// Key type 6.
    ConsumerTargetMetadata { group: String, value: Option<ConsumerTargetMetadataValue> },
    /// Key type 7.
    ConsumerTargetMember { group: String, member: String, value: Option<ConsumerTargetMemberValue> },
    /// Key type 8.
    ConsumerCurrent { group: String, member: String, value: Option<ConsumerCurrentAssignmentValue> },
    /// Key type 16.
    ConsumerRegex { group: String, regex: String, value: Option<ConsumerRegexValue> },
    /// Key type 17.
    StreamsMetadata { group: String, value: Option<StreamsGroupMetadataValue> },
    /// Key type 19.
    StreamsMember { group: String, member: String, value: Option<StreamsMemberMetadataValue> },
    /// Key type 20.
    StreamsTargetMetadata { group: String, value: Option<StreamsTargetMetadataValue> },
    /// Key type 21.
    StreamsTargetMember { group: String, member: String, value: Option<StreamsTargetMemberValue> },
    /// Key type 22.
    StreamsCurrent { group: String, member: String, value: Option<StreamsCurrentAssignmentValue> },
    /// Key type 23.
    StreamsTopology { group: String, value: Option<StreamsTopologyValue> },
}

impl GroupRecord {
    /// The group that the record is about.
    pub(crate) fn group(&self) -> &str {
        match self {
            Self::Offset { group, .. }
            | Self::Classic { group, .. }
            | Self::ConsumerMetadata { group, .. }
            | Self::ConsumerMember { group, .. }
            | Self::ConsumerTargetMetadata { group, .. }
            | Self::ConsumerTargetMember { group, .. }
            | Self::ConsumerCurrent { group, .. }
            | Self::ConsumerRegex { group, .. }
            | Self::StreamsMetadata { group, .. }
            | Self::StreamsMember { group, .. }
            | Self::StreamsTargetMetadata { group, .. }
            | Self::StreamsTargetMember { group, .. }
            | Self::StreamsCurrent { group, .. }
            | Self::StreamsTopology { group, .. } => group,
        }
    }

    /// Whether it takes away what was there.
    pub(crate) fn is_tombstone(&self) -> bool {
        self.encode().1.is_none()
    }

    /// Key and value as they lie in the log.
    pub(crate) fn encode(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        match self {
            Self::Offset { group, topic, partition, value } => {
                let mut key = Writer::new();
                key.i16(1);
                key.string(group);
                key.string(topic);
                key.i32(*partition);
                (key.into_bytes(), value.as_ref().map(OffsetValue::encode))
            }
            Self::Classic { group, value } => {
                (group_key(2, group), value.as_ref().map(GroupMetadataValue::encode))
            }
            Self::ConsumerMetadata { group, value } => (group_key(3, group), flexible(value.as_ref())),
            Self::ConsumerMember { group, member, value } => {
                (member_key(5, group, member), flexible(value.as_ref()))
            }
            Self::ConsumerTargetMetadata { group, value } => (group_key(6, group), flexible(value.as_ref())),
            Self::ConsumerTargetMember { group, member, value } => {
                (member_key(7, group, member), flexible(value.as_ref()))
            }
            Self::ConsumerCurrent { group, member, value } => {
                (member_key(8, group, member), flexible(value.as_ref()))
            }
            Self::ConsumerRegex { group, regex, value } => {
                (member_key(16, group, regex), flexible(value.as_ref()))
            }
            Self::StreamsMetadata { group, value } => (group_key(17, group), flexible(value.as_ref())),
            Self::StreamsMember { group, member, value } => {
                (member_key(19, group, member), flexible(value.as_ref()))
            }
            Self::StreamsTargetMetadata { group, value } => (group_key(20, group), flexible(value.as_ref())),
            Self::StreamsTargetMember { group, member, value } => {
                (member_key(21, group, member), flexible(value.as_ref()))
            }
            Self::StreamsCurrent { group, member, value } => {
                (member_key(22, group, member), flexible(value.as_ref()))
            }
            Self::StreamsTopology { group, value } => (group_key(23, group), flexible(value.as_ref())),
        }
    }

    /// Reads what [`GroupRecord::encode`] or Apache Kafka wrote; `None` for a type that is not kept here
    /// (share groups, subscription metadata of early KIP-848 versions).
    pub(crate) fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Option<Self>, DecodeError> {
        let mut k = Reader::new(key);
        let kind = k.i16()?;
        if !matches!(kind, 0..=3 | 5..=8 | 16 | 17 | 19..=23) {
            return Ok(None);
        }
        let group = k.string()?;
        let record = match kind {
            0 | 1 => Self::Offset {
                group,
                topic: k.string()?,
                partition: k.i32()?,
                value: value.map(OffsetValue::decode).transpose()?,
            },
            2 => Self::Classic { group, value: value.map(GroupMetadataValue::decode).transpose()? },
            3 => Self::ConsumerMetadata { group, value: read(value, "ConsumerGroupMetadataValue")? },
            6 => Self::ConsumerTargetMetadata {
                group,
                value: read(value, "ConsumerGroupTargetAssignmentMetadataValue")?,
            },
            17 => Self::StreamsMetadata { group, value: read(value, "StreamsGroupMetadataValue")? },
            20 => Self::StreamsTargetMetadata {
                group,
                value: read(value, "StreamsGroupTargetAssignmentMetadataValue")?,
            },
            23 => Self::StreamsTopology { group, value: read(value, "StreamsGroupTopologyValue")? },
            _ => Self::decode_member(kind, group, k.string()?, value)?,
        };
        Ok(Some(record))
    }

    fn decode_member(
        kind: i16,
        group: String,
        member: String,
        value: Option<&[u8]>,
    ) -> Result<Self, DecodeError> {
        Ok(match kind {
            5 => Self::ConsumerMember {
                group,
                member,
                value: read(value, "ConsumerGroupMemberMetadataValue")?,
            },
            7 => Self::ConsumerTargetMember {
                group,
                member,
                value: read(value, "ConsumerGroupTargetAssignmentMemberValue")?,
            },
            8 => Self::ConsumerCurrent {
                group,
                member,
                value: read(value, "ConsumerGroupCurrentMemberAssignmentValue")?,
            },
            16 => Self::ConsumerRegex {
                group,
                regex: member,
                value: read(value, "ConsumerGroupRegularExpressionValue")?,
            },
            19 => {
                Self::StreamsMember { group, member, value: read(value, "StreamsGroupMemberMetadataValue")? }
            }
            21 => Self::StreamsTargetMember {
                group,
                member,
                value: read(value, "StreamsGroupTargetAssignmentMemberValue")?,
            },
            _ => Self::StreamsCurrent {
                group,
                member,
                value: read(value, "StreamsGroupCurrentMemberAssignmentValue")?,
            },
        })
    }
}

fn group_key(kind: i16, group: &str) -> Vec<u8> {
    let mut w = Writer::new();
    w.i16(kind);
    w.string(group);
    w.into_bytes()
}

fn member_key(kind: i16, group: &str, member: &str) -> Vec<u8> {
    let mut w = Writer::new();
    w.i16(kind);
    w.string(group);
    w.string(member);
    w.into_bytes()
}

fn flexible<T: Field>(value: Option<&T>) -> Option<Vec<u8>> {
    value.map(|value| {
        let mut w = Writer::new();
        w.i16(0);
        value.write(&mut w);
        w.into_bytes()
    })
}

fn read<T: Field>(value: Option<&[u8]>, what: &'static str) -> Result<Option<T>, DecodeError> {
    let Some(bytes) = value else { return Ok(None) };
    let mut r = Reader::new(bytes);
    match r.i16()? {
        0 => T::read(&mut r).map(Some),
        version => Err(DecodeError::Version { what, version }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn round_trip(record: GroupRecord) {
        let (key, value) = record.encode();
        assert_eq!(GroupRecord::decode(&key, value.as_deref()), Ok(Some(record)));
    }

    #[test]
    fn an_offset_commit_is_kafkas_version_4() {
        let record = GroupRecord::Offset {
            group: "g".into(),
            topic: "t".into(),
            partition: 2,
            value: Some(OffsetValue {
                offset: 10,
                leader_epoch: 1,
                metadata: "m".into(),
                commit_timestamp: 9,
                topic_id: Uuid::from_bytes([5; 16]),
                ..OffsetValue::default()
            }),
        };
        let (key, value) = record.encode();
        assert_eq!(key, [0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 2]);
        let mut expected =
            vec![0, 4, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 1, 2, b'm', 0, 0, 0, 0, 0, 0, 0, 9, 1, 0, 16];
        expected.extend([5; 16]);
        assert_eq!(value, Some(expected));
        round_trip(record);
    }

    #[test]
    fn an_offset_commit_of_version_3_is_read() {
        let key = [0, 1, 0, 1, b'g', 0, 1, b't', 0, 0, 0, 2];
        let value = [0, 3, 0, 0, 0, 0, 0, 0, 0, 10, 0, 0, 0, 1, 0, 1, b'm', 0, 0, 0, 0, 0, 0, 0, 9];
        let expected = OffsetValue {
            offset: 10,
            leader_epoch: 1,
            metadata: "m".into(),
            commit_timestamp: 9,
            ..OffsetValue::default()
        };
        let Ok(Some(GroupRecord::Offset { value, .. })) = GroupRecord::decode(&key, Some(&value)) else {
            panic!("no offset");
        };
        assert_eq!(value, Some(expected));
    }

    #[test]
    fn groups_of_each_kind_survive_the_encoding() {
        round_trip(GroupRecord::Classic {
            group: "g".into(),
            value: Some(GroupMetadataValue {
                protocol_type: "consumer".into(),
                generation: 4,
                protocol: Some("range".into()),
                leader: Some("m".into()),
                state_timestamp: 77,
                members: vec![MemberMetadata {
                    member_id: "m".into(),
                    instance_id: Some("i".into()),
                    assignment: b"abc".to_vec().into(),
                    ..MemberMetadata::default()
                }],
            }),
        });
        round_trip(GroupRecord::ConsumerMember {
            group: "g".into(),
            member: "m".into(),
            value: Some(ConsumerMemberMetadataValue {
                subscribed_topic_regex: Some("a.*".into()),
                classic: Some(ClassicMemberMetadata { session_timeout_ms: 5, supported_protocols: vec![] }),
                ..ConsumerMemberMetadataValue::default()
            }),
        });
        round_trip(GroupRecord::StreamsCurrent {
            group: "g".into(),
            member: "m".into(),
            value: Some(StreamsCurrentAssignmentValue {
                member_epoch: 3,
                active: vec![StreamsTaskIds {
                    subtopology_id: "0".into(),
                    partitions: vec![1],
                    assignment_epochs: None,
                }],
                ..StreamsCurrentAssignmentValue::default()
            }),
        });
    }

    #[test]
    fn a_tombstone_keeps_its_key() {
        round_trip(GroupRecord::StreamsTopology { group: "g".into(), value: None });
    }

    #[test]
    fn a_key_of_a_share_group_is_passed_over() {
        assert_eq!(GroupRecord::decode(&[0, 11, 0, 1, b'g'], None), Ok(None));
    }
}
