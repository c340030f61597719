//! One partition of `__consumer_offsets` with the groups that it coordinates.
//!
//! Handlers look at the state and put records and answers into an [`Outcome`]; whoever drives the shard writes
//! the records, hands each to [`GroupShard::replay`] and then gives the answers. At start the same records are
//! replayed from the log.

use super::GroupConfig;
use super::outcome::{Cx, GroupTimer, Outcome};
use super::records::GroupRecord;
use super::state::GroupState;
use super::timers::Timers;
use std::fmt;
use uuid::Uuid;

/// State, deadlines and settings of one shard.
pub(crate) struct GroupShard {
    state: GroupState,
    timers: Timers<GroupTimer>,
    config: GroupConfig,
    ids: Box<dyn FnMut() -> Uuid + Send>,
}

impl fmt::Debug for GroupShard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GroupShard")
            .field("state", &self.state)
            .field("timers", &self.timers)
            .finish_non_exhaustive()
    }
}

impl GroupShard {
    /// A shard without groups. `ids` makes member ids.
    pub(crate) fn new(config: GroupConfig, ids: Box<dyn FnMut() -> Uuid + Send>) -> Self {
        Self { state: GroupState::default(), timers: Timers::default(), config, ids }
    }

    /// The state, to look at.
    pub(crate) fn state(&self) -> &GroupState {
        &self.state
    }

    /// Runs a handler at a time (ms since the epoch).
    pub(crate) fn run<R>(
        &mut self,
        now: i64,
        handler: impl FnOnce(&mut GroupState, &mut Cx<'_>) -> R,
    ) -> (Outcome, R) {
        let mut out = Outcome::default();
        let mut cx =
            Cx { now, timers: &mut self.timers, out: &mut out, config: &self.config, ids: self.ids.as_mut() };
        let result = handler(&mut self.state, &mut cx);
        (out, result)
    }

    /// Applies a record that lies at `log_offset`. `producer`: the transaction that it belongs to.
    pub(crate) fn replay(&mut self, log_offset: i64, producer: Option<i64>, record: GroupRecord) {
        self.state.replay(log_offset, producer, record);
    }

    /// Applies the marker that ends a producer's transaction.
    pub(crate) fn replay_marker(&mut self, producer: i64, commit: bool) {
        self.state.offsets.end_transaction(producer, commit);
    }

    /// The log has been replayed: sessions begin, the look-out for expired offsets too. `configs` gives the number
    /// in force for a key of a group.
    pub(crate) fn loaded(&mut self, now: i64, configs: &dyn Fn(&str, &str) -> i64) -> Outcome {
        self.run(now, |state, cx| state.loaded(cx, configs)).0
    }

    /// When [`GroupShard::tick`] has something to do next.
    pub(crate) fn next_deadline(&self) -> Option<i64> {
        self.timers.next()
    }

    /// Handles one deadline that is due; `None` when none is.
    pub(crate) fn tick(&mut self, now: i64) -> Option<Outcome> {
        let timer = self.timers.pop_due(now)?;
        Some(self.run(now, |state, cx| state.deadline(cx, timer)).0)
    }
}
