//! One member of a classic group.

use crate::coordinator::outcome::ReplyId;
use bytes::Bytes;

/// A member of a classic group.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct ClassicMember {
    pub(crate) id: String,
    /// `group.instance.id` of a static member (KIP-345).
    pub(crate) instance_id: Option<String>,
    pub(crate) client_id: String,
    pub(crate) client_host: String,
    pub(crate) rebalance_timeout_ms: i32,
    pub(crate) session_timeout_ms: i32,
    /// The protocols it offers, best first, with its metadata for each.
    pub(crate) protocols: Vec<(String, Bytes)>,
    pub(crate) assignment: Bytes,
    /// Its JoinGroup that waits for the rebalance to complete.
    pub(crate) awaiting_join: Option<ReplyId>,
    /// Its SyncGroup that waits for the leader's.
    pub(crate) awaiting_sync: Option<ReplyId>,
    /// It has not seen a generation yet, so its session is only that of its waiting JoinGroup.
    pub(crate) is_new: bool,
}

impl ClassicMember {
    /// Its metadata for a protocol, empty if it does not offer it.
    pub(crate) fn metadata(&self, protocol: &str) -> Bytes {
        self.protocols.iter().find(|(name, _)| name == protocol).map(|(_, m)| m.clone()).unwrap_or_default()
    }

    pub(crate) fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|(name, _)| name == protocol)
    }
}
