//! Groups of the classic protocol: JoinGroup, SyncGroup, Heartbeat, LeaveGroup.
//!
//! What outlives the broker is in the group's record (key type 2): the generation, its members and their
//! assignments. A rebalance under way is soft state: who has joined, which answers wait. After a restart the
//! members find the generation that was last written, or join anew.

mod commit;
mod describe;
mod group;
mod heartbeat;
mod join;
mod leave;
mod member;
mod rebalance;
mod replay;
mod static_member;
mod sync;
#[cfg(test)]
mod tests;

pub(crate) use group::{ClassicGroup, ClassicState};
pub(crate) use join::{Joining, join_error};
pub(crate) use member::ClassicMember;
pub(crate) use sync::sync_error;
