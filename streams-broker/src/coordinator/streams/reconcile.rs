//! One member's next step from what it runs to what it shall run.
//!
//! A task is given to a member only once nobody else runs it, nor a copy of it in the same process.

use super::group::{MemberState, StreamsGroup, StreamsMember};
use super::tasks::{Task, TaskSet, Tasks};

/// The member after its step. `owned`: the tasks that it reports to run, if it does.
pub(crate) fn reconcile(
    group: &StreamsGroup,
    member_id: &str,
    owned: Option<&Tasks>,
) -> Option<StreamsMember> {
    let member = group.members.get(member_id)?;
    let step = Step { group, member_id, member, owned };
    match member.state {
        MemberState::Stable if member.epoch == group.target_epoch => Some(member.clone()),
        MemberState::Stable | MemberState::UnreleasedTasks => Some(step.next(member.epoch)),
        MemberState::UnrevokedTasks if step.still_owns(&member.pending_revocation) => Some(member.clone()),
        MemberState::UnrevokedTasks => Some(step.next(member.epoch)),
    }
}

struct Step<'a> {
    group: &'a StreamsGroup,
    member_id: &'a str,
    member: &'a StreamsMember,
    owned: Option<&'a Tasks>,
}

impl Step<'_> {
    /// Whether the member may still run some of the tasks: yes, unless it says otherwise.
    fn still_owns(&self, tasks: &Tasks) -> bool {
        match self.owned {
            None => !tasks.is_empty(),
            Some(owned) => !tasks.each(owned, TaskSet::and).is_empty(),
        }
    }

    fn next(&self, epoch: i32) -> StreamsMember {
        let target = self.group.target.get(self.member_id).cloned().unwrap_or_default();
        let kept = self.member.assigned.each(&target, TaskSet::and);
        let revoked = self.member.assigned.each(&target, TaskSet::without);
        let mut next = self.member.clone();
        if !revoked.is_empty() && self.still_owns(&revoked) {
            next.since = self.member.since.keep(|task| self.member.assigned.active.contains(task));
            next.assigned = kept;
            next.pending_revocation = revoked;
            next.state = MemberState::UnrevokedTasks;
            next.epoch = epoch;
            return next;
        }
        let wanted = target.each(&kept, TaskSet::without);
        let free = Tasks {
            active: self.free(&wanted.active, Self::active_is_taken),
            standby: self.free(&wanted.standby, Self::copy_is_taken),
            warmup: self.free(&wanted.warmup, Self::copy_is_taken),
        };
        next.state = if free == wanted { MemberState::Stable } else { MemberState::UnreleasedTasks };
        next.since = self.member.since.keep(|task| kept.active.contains(task));
        next.since.give(free.active.0.iter().cloned(), self.group.target_epoch);
        next.assigned = kept.each(&free, TaskSet::with);
        next.pending_revocation = Tasks::default();
        next.epoch = self.group.target_epoch;
        if next.epoch != self.member.epoch {
            next.previous_epoch = self.member.epoch;
        }
        next
    }

    fn free(&self, tasks: &TaskSet, taken: impl Fn(&Self, &Task) -> bool) -> TaskSet {
        tasks.0.iter().filter(|task| !taken(self, task)).cloned().collect()
    }

    /// Tasks of the others, with their processes; also what they have not given up yet.
    fn others(&self) -> impl Iterator<Item = (&str, &Tasks)> {
        self.group.members.iter().filter(|(id, _)| *id != self.member_id).flat_map(|(_, m)| {
            let process = m.metadata.process_id.as_str();
            [(process, &m.assigned), (process, &m.pending_revocation)]
        })
    }

    fn active_is_taken(&self, task: &Task) -> bool {
        let process = self.member.metadata.process_id.as_str();
        self.others().any(|(p, tasks)| {
            tasks.active.contains(task)
                || p == process && (tasks.standby.contains(task) || tasks.warmup.contains(task))
        })
    }

    fn copy_is_taken(&self, task: &Task) -> bool {
        let process = self.member.metadata.process_id.as_str();
        self.others().any(|(p, tasks)| {
            p == process
                && (tasks.active.contains(task)
                    || tasks.standby.contains(task)
                    || tasks.warmup.contains(task))
        })
    }
}
