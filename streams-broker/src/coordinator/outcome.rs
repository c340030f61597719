//! What a handler of the group coordinator asks the world to do.

use super::records::GroupRecord;
use super::timers::Timers;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use kafka_protocol::messages::{JoinGroupResponse, SyncGroupResponse};
use std::fmt;
use uuid::Uuid;

/// Names a request whose answer may come later.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct ReplyId(pub(crate) u64);

/// An answer to a request that waited.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Reply {
    Join(JoinGroupResponse),
    Sync(SyncGroupResponse),
}

/// Records to write and then to replay, and after that the answers to give.
///
/// If the records cannot be written, nothing of it has happened: the answers are replaced by an error and the
/// shard is loaded again from its log.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    pub(crate) records: Vec<GroupRecord>,
    pub(crate) replies: Vec<(ReplyId, Reply)>,
}

/// Deadlines of the group coordinator.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum GroupTimer {
    /// A member must have been heard of by then.
    Session { group: String, member: String },
    /// The members of a rebalance must have joined by then.
    Join { group: String },
    /// The members of a new generation must have asked for their assignment by then.
    Sync { group: String },
    /// A classic member of a consumer group must have joined again by then.
    Rejoin { group: String, member: String },
    /// A classic member of a consumer group must have asked for its assignment by then.
    Resync { group: String, member: String },
    /// A member must have given up what was taken from it by then.
    Revoke { group: String, member: String },
    /// A streams group's first assignment is held back until then.
    InitialDelay { group: String },
    /// Offsets that nobody uses are looked for.
    OffsetExpiry,
}

impl GroupTimer {
    pub(crate) fn session(group: &str, member: &str) -> Self {
        Self::Session { group: group.to_owned(), member: member.to_owned() }
    }

    pub(crate) fn rejoin(group: &str, member: &str) -> Self {
        Self::Rejoin { group: group.to_owned(), member: member.to_owned() }
    }

    pub(crate) fn resync(group: &str, member: &str) -> Self {
        Self::Resync { group: group.to_owned(), member: member.to_owned() }
    }

    pub(crate) fn revoke(group: &str, member: &str) -> Self {
        Self::Revoke { group: group.to_owned(), member: member.to_owned() }
    }
}

/// Everything that a handler needs from outside of its group.
pub(crate) struct Cx<'a> {
    /// Now, ms since the epoch.
    pub(crate) now: i64,
    pub(crate) timers: &'a mut Timers<GroupTimer>,
    pub(crate) out: &'a mut Outcome,
    pub(crate) config: &'a super::GroupConfig,
    /// Makes member ids; injected so that tests are repeatable.
    pub(crate) ids: &'a mut (dyn FnMut() -> Uuid + Send),
}

impl fmt::Debug for Cx<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cx").field("now", &self.now).field("out", &self.out).finish_non_exhaustive()
    }
}

impl Cx<'_> {
    pub(crate) fn reply(&mut self, id: ReplyId, reply: Reply) {
        self.out.replies.push((id, reply));
    }

    /// An id for a member of the consumer protocol, in the form that Kafka's ids have.
    pub(crate) fn short_id(&mut self) -> String {
        URL_SAFE_NO_PAD.encode((self.ids)().as_bytes())
    }

    pub(crate) fn record(&mut self, record: GroupRecord) {
        self.out.records.push(record);
    }
}
