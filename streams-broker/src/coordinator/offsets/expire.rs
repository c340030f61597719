//! Offsets that nobody has used for `offsets.retention.minutes` are dropped (KIP-211).

use super::delete::tombstone;
use crate::coordinator::group::Group;
use crate::coordinator::outcome::Cx;
use crate::coordinator::records::OffsetValue;
use crate::coordinator::state::GroupState;

impl GroupState {
    /// Writes tombstones for expired offsets, and for empty groups that have none left.
    pub(crate) fn expire_offsets(&self, cx: &mut Cx<'_>) {
        for (id, group) in &self.groups {
            let mut left = false;
            for (at, value) in self.offsets.of_group(id) {
                if self.is_expired(cx, group, at, value) && !self.offsets.is_pending(id, at) {
                    cx.record(tombstone(id, &at.0, at.1));
                } else {
                    left = true;
                }
            }
            let pending = self.offsets.pending_of_group(id).next().is_some();
            if !left && !pending && group.is_empty() {
                group.forget(cx);
            }
        }
    }

    fn is_expired(&self, cx: &Cx<'_>, group: &Group, at: &(String, i32), value: &OffsetValue) -> bool {
        if value.expire_timestamp >= 0 {
            return cx.now >= value.expire_timestamp;
        }
        match group.unused_since(&at.0, value.commit_timestamp) {
            Some(since) => cx.now.saturating_sub(since) >= cx.config.offsets_retention_ms,
            None => false,
        }
    }
}
