//! One member's next step from what it reads to what it shall read.
//!
//! A partition is given to a member only once nobody else reads it any more.

use super::group::{ConsumerGroup, ConsumerMember, MemberState};
use super::partitions::Partitions;

/// The member after its step. `owned`: the partitions that it reports to have, if it does.
pub(crate) fn reconcile(
    group: &ConsumerGroup,
    member_id: &str,
    owned: Option<&Partitions>,
) -> Option<ConsumerMember> {
    let member = group.members.get(member_id)?;
    // Who does not say otherwise may still have them.
    let still_owns = |partitions: &Partitions| match owned {
        None => !partitions.is_empty(),
        Some(owned) => !partitions.and(owned).is_empty(),
    };
    match member.state {
        MemberState::Stable if member.epoch == group.target_epoch => return Some(member.clone()),
        MemberState::UnrevokedPartitions if still_owns(&member.pending_revocation) => {
            return Some(member.clone());
        }
        _ => {}
    }
    let target = group.target.get(member_id).cloned().unwrap_or_default();
    let kept = member.assigned.and(&target);
    let revoked = member.assigned.without(&target);
    let mut next = member.clone();
    if still_owns(&revoked) {
        next.since = member.since.keep(|p| member.assigned.contains(p));
        next.assigned = kept;
        next.pending_revocation = revoked;
        next.state = MemberState::UnrevokedPartitions;
        return Some(next);
    }
    let wanted = target.without(&kept);
    let free = wanted.without(&taken(group, member_id));
    next.state = if free == wanted { MemberState::Stable } else { MemberState::UnreleasedPartitions };
    next.since = member.since.keep(|p| kept.contains(p));
    next.since.give(free.0.iter().copied(), group.target_epoch);
    next.assigned = kept.with(&free);
    next.pending_revocation = Partitions::default();
    next.epoch = group.target_epoch;
    if next.epoch != member.epoch {
        next.previous_epoch = member.epoch;
    }
    Some(next)
}

/// What the others have, or have not given up yet.
fn taken(group: &ConsumerGroup, member_id: &str) -> Partitions {
    let others = group.members.iter().filter(|(id, _)| *id != member_id);
    others.fold(Partitions::default(), |all, (_, m)| all.with(&m.assigned).with(&m.pending_revocation))
}
