//! A classic group's generation: key type 2, value versions 0–4 (written as 3).

use crate::coordinator::codec::{DecodeError, Reader, Writer};
use bytes::Bytes;

/// What outlives the broker of a classic group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct GroupMetadataValue {
    /// `consumer`, `stream`, `connect` …; empty for a group that only commits.
    pub(crate) protocol_type: String,
    /// The generation's number.
    pub(crate) generation: i32,
    /// The protocol that the members agreed on.
    pub(crate) protocol: Option<String>,
    /// The leader's member id.
    pub(crate) leader: Option<String>,
    /// When the group came into its state, ms since the epoch; -1 if not known.
    pub(crate) state_timestamp: i64,
    /// The members with their assignments.
    pub(crate) members: Vec<MemberMetadata>,
}

/// A member of a generation.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct MemberMetadata {
    pub(crate) member_id: String,
    pub(crate) instance_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) session_timeout_ms: i32,
    /// The member's metadata for the chosen protocol.
    pub(crate) subscription: Bytes,
    /// What the leader gave it.
    pub(crate) assignment: Bytes,
}

const VERSION: i16 = 3;

impl GroupMetadataValue {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut w = Writer::new();
        w.i16(VERSION);
        w.string(&self.protocol_type);
        w.i32(self.generation);
        w.nullable_string(self.protocol.as_deref());
        w.nullable_string(self.leader.as_deref());
        w.i64(self.state_timestamp);
        w.array_len(self.members.len());
        for m in &self.members {
            w.string(&m.member_id);
            w.nullable_string(m.instance_id.as_deref());
            w.string(&m.client_id);
            w.string(&m.client_host);
            w.i32(m.rebalance_timeout_ms);
            w.i32(m.session_timeout_ms);
            w.bytes(&m.subscription);
            w.bytes(&m.assignment);
        }
        w.into_bytes()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        let mut r = Reader::new(bytes);
        let version = r.i16()?;
        if !(0..=3).contains(&version) {
            return Err(DecodeError::Version { what: "GroupMetadataValue", version });
        }
        let protocol_type = r.string()?;
        let generation = r.i32()?;
        let protocol = r.nullable_string()?;
        let leader = r.nullable_string()?;
        let state_timestamp = if version >= 2 { r.i64()? } else { -1 };
        let members = (0..r.array_len()?).map(|_| member(&mut r, version)).collect::<Result<_, _>>()?;
        Ok(Self { protocol_type, generation, protocol, leader, state_timestamp, members })
    }
}

fn member(r: &mut Reader<'_>, version: i16) -> Result<MemberMetadata, DecodeError> {
    let member_id = r.string()?;
    let instance_id = if version >= 3 { r.nullable_string()? } else { None };
    let client_id = r.string()?;
    let client_host = r.string()?;
    let rebalance = if version >= 1 { Some(r.i32()?) } else { None };
    let session_timeout_ms = r.i32()?;
    Ok(MemberMetadata {
        member_id,
        instance_id,
        client_id,
        client_host,
        rebalance_timeout_ms: rebalance.unwrap_or(session_timeout_ms),
        session_timeout_ms,
        subscription: r.bytes()?.into(),
        assignment: r.bytes()?.into(),
    })
}
