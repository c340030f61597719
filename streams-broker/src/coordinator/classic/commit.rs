//! Who may commit offsets for a classic group.

use super::{ClassicGroup, ClassicState};
use crate::coordinator::group::Committer;
use kafka_protocol::ResponseError;

impl ClassicGroup {
    /// A member of the current generation may; anybody may while there are no members.
    pub(crate) fn validate_commit(&self, c: Committer<'_>) -> Result<(), ResponseError> {
        if c.generation < 0 && self.is_empty() {
            return Ok(());
        }
        if c.generation >= 0 || !c.member_id.is_empty() || c.instance_id.is_some() {
            self.validate_generation(c.member_id, c.instance_id, c.generation)?;
        } else if !c.transactional {
            return Err(ResponseError::UnknownMemberId);
        }
        if !c.transactional && self.state == ClassicState::CompletingRebalance {
            return Err(ResponseError::RebalanceInProgress);
        }
        Ok(())
    }

    /// Since when an offset has been of no use: since the last member left, or since it was committed if the
    /// group never had members or no longer reads the topic (KIP-211).
    pub(crate) fn unused_since(&self, topic: &str, committed: i64) -> Option<i64> {
        if self.protocol_type.is_none() {
            return Some(committed);
        }
        match self.state {
            ClassicState::Empty if self.state_timestamp >= 0 => Some(self.state_timestamp.max(committed)),
            ClassicState::Empty => Some(committed),
            ClassicState::Stable if self.is_consumer() && !self.is_subscribed(topic) => Some(committed),
            _ => None,
        }
    }
}
