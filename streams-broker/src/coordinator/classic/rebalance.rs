//! From one generation to the next: wait for the members, then give each its answer.

use super::join::join_error;
use super::sync::sync_error;
use super::{ClassicGroup, ClassicState};
use crate::coordinator::outcome::{Cx, GroupTimer, Reply};
use bytes::Bytes;
use kafka_protocol::ResponseError;

impl ClassicGroup {
    fn enter(&mut self, state: ClassicState, now: i64) {
        self.state = state;
        self.state_timestamp = now;
    }

    /// Begins a rebalance, or completes the one under way if everybody is here.
    pub(super) fn rebalance_or_complete(&mut self, cx: &mut Cx<'_>) {
        if self.state == ClassicState::PreparingRebalance {
            if !self.initial_rebalance {
                self.complete_if_all_joined(cx);
            }
        } else {
            self.prepare_rebalance(cx);
        }
    }

    fn prepare_rebalance(&mut self, cx: &mut Cx<'_>) {
        self.abandon_sync(cx);
        self.initial_rebalance = self.is_empty();
        self.enter(ClassicState::PreparingRebalance, cx.now);
        if !self.initial_rebalance {
            cx.timers.set(self.join_timer(), cx.now + self.rebalance_timeout_ms());
            return self.complete_if_all_joined(cx);
        }
        self.member_added = false;
        match i64::from(cx.config.initial_rebalance_delay_ms) {
            0 => self.complete_join(cx),
            delay => cx.timers.set(self.join_timer(), cx.now + delay.min(self.rebalance_timeout_ms())),
        }
    }

    /// Answers waiting SyncGroups with 27 and forgets the assignments: a new rebalance has begun.
    fn abandon_sync(&mut self, cx: &mut Cx<'_>) {
        cx.timers.cancel(&self.sync_timer());
        self.pending_sync.clear();
        if self.state != ClassicState::CompletingRebalance {
            return;
        }
        let group = self.id.clone();
        for member in self.members.values_mut() {
            member.assignment = Bytes::new();
            if let Some(reply) = member.awaiting_sync.take() {
                let timer = GroupTimer::session(&group, &member.id);
                cx.timers.set(timer, cx.now + i64::from(member.session_timeout_ms));
                cx.reply(reply, Reply::Sync(sync_error(ResponseError::RebalanceInProgress)));
            }
        }
    }

    /// The group becomes one of another protocol: whoever waits is told to join it, and has a whole session for that.
    pub(crate) fn hand_over(&mut self, cx: &mut Cx<'_>) {
        for member in self.members.values_mut() {
            let timer = GroupTimer::session(&self.id, &member.id);
            cx.timers.set(timer, cx.now + i64::from(member.session_timeout_ms));
            if let Some(reply) = member.awaiting_join.take() {
                let error = join_error(&member.id, ResponseError::RebalanceInProgress);
                cx.reply(reply, Reply::Join(error));
            }
            if let Some(reply) = member.awaiting_sync.take() {
                cx.reply(reply, Reply::Sync(sync_error(ResponseError::RebalanceInProgress)));
            }
        }
    }

    fn complete_if_all_joined(&mut self, cx: &mut Cx<'_>) {
        if self.pending_join.is_empty() && self.members.values().all(|m| m.awaiting_join.is_some()) {
            self.complete_join(cx);
        }
    }

    /// The time to join is over.
    pub(crate) fn join_deadline(&mut self, cx: &mut Cx<'_>) {
        if self.state != ClassicState::PreparingRebalance {
            return;
        }
        if self.initial_rebalance && self.member_added {
            // Whenever somebody joined during the delay, it is granted once more, up to the rebalance timeout.
            let end = self.state_timestamp + self.rebalance_timeout_ms();
            let next = (cx.now + i64::from(cx.config.initial_rebalance_delay_ms)).min(end);
            if next > cx.now {
                self.member_added = false;
                return cx.timers.set(self.join_timer(), next);
            }
        }
        self.complete_join(cx);
    }

    /// Makes the next generation of those who have joined; dynamic members that have not are dropped.
    fn complete_join(&mut self, cx: &mut Cx<'_>) {
        cx.timers.cancel(&self.join_timer());
        self.initial_rebalance = false;
        let absent = |m: &&super::ClassicMember| m.awaiting_join.is_none() && m.instance_id.is_none();
        let dropped: Vec<String> = self.members.values().filter(absent).map(|m| m.id.clone()).collect();
        for id in dropped {
            cx.timers.cancel(&self.session_timer(&id));
            self.members.remove(&id);
        }
        if !self.elect_leader() && !self.members.is_empty() {
            // Only static members are left and none is here: they have until their sessions end.
            return cx.timers.set(self.join_timer(), cx.now + self.rebalance_timeout_ms().max(1));
        }
        self.generation = next_generation(self.generation);
        if self.members.is_empty() {
            self.become_empty(cx);
        } else {
            self.protocol = self.select_protocol();
            self.enter(ClassicState::CompletingRebalance, cx.now);
            self.answer_joins(cx);
        }
    }

    fn become_empty(&mut self, cx: &mut Cx<'_>) {
        self.protocol = None;
        self.leader = None;
        self.enter(ClassicState::Empty, cx.now);
        cx.record(self.record(|_| Bytes::new()));
    }

    /// Keeps the leader if it has joined, else takes another who has. `false` if nobody has.
    fn elect_leader(&mut self) -> bool {
        let joined = |id: &String| self.members.get(id).is_some_and(|m| m.awaiting_join.is_some());
        if self.leader.as_ref().is_some_and(joined) {
            return true;
        }
        let next = self.members.values().find(|m| m.awaiting_join.is_some()).map(|m| m.id.clone());
        let found = next.is_some();
        if found || self.members.is_empty() {
            self.leader = next;
        }
        found
    }

    fn answer_joins(&mut self, cx: &mut Cx<'_>) {
        let ids: Vec<String> = self.members.keys().cloned().collect();
        for id in ids {
            let leads = self.leader.as_deref() == Some(id.as_str());
            let answer = self.join_answer(&id, leads);
            let timer = self.session_timer(&id);
            let Some(member) = self.members.get_mut(&id) else { continue };
            member.is_new = false;
            if let Some(reply) = member.awaiting_join.take() {
                cx.timers.set(timer, cx.now + i64::from(member.session_timeout_ms));
                cx.reply(reply, Reply::Join(answer));
            }
            self.pending_sync.insert(id);
        }
        cx.timers.set(self.sync_timer(), cx.now + self.rebalance_timeout_ms());
    }

    /// The time to ask for an assignment is over: who has not is dropped.
    pub(crate) fn sync_deadline(&mut self, cx: &mut Cx<'_>) {
        if !matches!(self.state, ClassicState::CompletingRebalance | ClassicState::Stable) {
            return;
        }
        let late = std::mem::take(&mut self.pending_sync);
        if late.is_empty() {
            return;
        }
        for id in late {
            self.drop_member(cx, &id);
        }
        self.rebalance_or_complete(cx);
    }
}

fn next_generation(generation: i32) -> i32 {
    if generation == i32::MAX { 1 } else { generation + 1 }
}
