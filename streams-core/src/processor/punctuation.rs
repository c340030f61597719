//! Punctuations: calls of a processor by the advance of stream time or of the wall clock.

use crate::error::{Error, Result};
use crate::heap::TimeHeap;

/// What makes a punctuation due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PunctuationType {
    /// The task's stream time: the largest timestamp of the records taken so far.
    StreamTime,
    /// The wall clock, looked at between records.
    WallClockTime,
}

/// Names a scheduled punctuation, to tell it from others and to cancel it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PunctuationId(u64);

/// A punctuation that is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Due {
    pub(crate) id: PunctuationId,
    pub(crate) node: usize,
    time: i64,
}

#[derive(Debug, Clone, Copy)]
pub(crate) struct Schedule {
    pub(crate) id: PunctuationId,
    node: usize,
    pub(crate) kind: PunctuationType,
    pub(crate) first: i64,
    pub(crate) interval_ms: i64,
}

/// The punctuations of one task, by the time at which each is next due. Those that are cancelled stay in the heap until
/// their time has come.
#[derive(Debug, Default)]
pub(crate) struct Punctuations {
    last_id: u64,
    schedules: Vec<Schedule>,
    stream: TimeHeap<PunctuationId>,
    wall: TimeHeap<PunctuationId>,
}

impl Punctuations {
    /// Schedules calls of `node` every `interval_ms`, first at `first`.
    pub(crate) fn schedule(
        &mut self,
        node: usize,
        kind: PunctuationType,
        first: i64,
        interval_ms: i64,
    ) -> Result<PunctuationId> {
        if interval_ms < 1 {
            return Err(Error::argument(format!(
                "a punctuation's interval is at least 1 ms, not {interval_ms} ms"
            )));
        }
        self.last_id += 1;
        let id = PunctuationId(self.last_id);
        self.schedules.push(Schedule { id, node, kind, first, interval_ms });
        self.queue(kind).push(first, id);
        Ok(id)
    }

    pub(crate) fn cancel(&mut self, id: PunctuationId) {
        self.schedules.retain(|schedule| schedule.id != id);
    }

    /// All that is scheduled and not cancelled.
    pub(crate) fn schedules(&self) -> &[Schedule] {
        &self.schedules
    }

    /// When the next punctuation of this kind is due, if there is one.
    pub(crate) fn next_due(&self, kind: PunctuationType) -> Option<i64> {
        match kind {
            PunctuationType::StreamTime => self.stream.first_time(),
            PunctuationType::WallClockTime => self.wall.first_time(),
        }
    }

    /// Takes the next punctuation that is due at `now`. The caller runs it, then calls [`Punctuations::rearm`].
    pub(crate) fn take_due(&mut self, kind: PunctuationType, now: i64) -> Option<Due> {
        while self.next_due(kind)? <= now {
            let (time, id) = self.queue(kind).pop()?;
            if let Some(schedule) = self.schedule_of(id) {
                return Some(Due { id, node: schedule.node, time });
            }
        }
        None
    }

    /// Schedules anew what ran at `now`, unless it was cancelled: on its grid, skipping what was missed.
    pub(crate) fn rearm(&mut self, due: Due, now: i64) {
        let Some(schedule) = self.schedule_of(due.id) else { return };
        let missed = now.saturating_sub(due.time) / schedule.interval_ms;
        let next = due.time.saturating_add((missed + 1).saturating_mul(schedule.interval_ms));
        self.queue(schedule.kind).push(next, due.id);
    }

    fn schedule_of(&self, id: PunctuationId) -> Option<Schedule> {
        self.schedules.iter().find(|schedule| schedule.id == id).copied()
    }

    fn queue(&mut self, kind: PunctuationType) -> &mut TimeHeap<PunctuationId> {
        match kind {
            PunctuationType::StreamTime => &mut self.stream,
            PunctuationType::WallClockTime => &mut self.wall,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{PunctuationType::StreamTime, Punctuations};

    #[test]
    fn a_jump_over_several_intervals_is_one_punctuation_and_the_grid_stays() {
        let mut punctuations = Punctuations::default();
        punctuations.schedule(3, StreamTime, 0, 10).unwrap();
        let due = punctuations.take_due(StreamTime, 45).unwrap();
        assert_eq!(due.node, 3);
        punctuations.rearm(due, 45);
        assert_eq!(punctuations.take_due(StreamTime, 45), None);
        assert_eq!(punctuations.next_due(StreamTime), Some(50));
    }

    #[test]
    fn a_cancelled_punctuation_is_never_due() {
        let mut punctuations = Punctuations::default();
        let id = punctuations.schedule(0, StreamTime, 0, 10).unwrap();
        punctuations.cancel(id);
        assert_eq!(punctuations.take_due(StreamTime, 100), None);
    }

    #[test]
    fn a_punctuation_may_be_cancelled_while_it_runs() {
        let mut punctuations = Punctuations::default();
        let id = punctuations.schedule(0, StreamTime, 0, 10).unwrap();
        let due = punctuations.take_due(StreamTime, 5).unwrap();
        punctuations.cancel(id);
        punctuations.rearm(due, 5);
        assert_eq!(punctuations.next_due(StreamTime), None);
    }

    #[test]
    fn an_interval_below_a_millisecond_is_refused() {
        assert!(Punctuations::default().schedule(0, StreamTime, 0, 0).is_err());
    }
}
