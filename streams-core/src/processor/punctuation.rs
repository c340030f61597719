//! Punctuations: calls of a processor by the advance of stream time or of the wall clock.

use std::collections::BTreeSet;

use crate::error::{Error, Result};

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
}

#[derive(Debug, Clone, Copy)]
struct Schedule {
    id: PunctuationId,
    node: usize,
    kind: PunctuationType,
    interval_ms: i64,
}

/// The punctuations of one task, by the time at which each is next due.
#[derive(Debug, Default)]
pub(crate) struct Punctuations {
    last_id: u64,
    schedules: Vec<Schedule>,
    stream: BTreeSet<(i64, PunctuationId)>,
    wall: BTreeSet<(i64, PunctuationId)>,
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
        self.schedules.push(Schedule { id, node, kind, interval_ms });
        self.queue(kind).insert((first, id));
        Ok(id)
    }

    pub(crate) fn cancel(&mut self, id: PunctuationId) {
        self.schedules.retain(|schedule| schedule.id != id);
        self.stream.retain(|(_, queued)| *queued != id);
        self.wall.retain(|(_, queued)| *queued != id);
    }

    /// When the next punctuation of this kind is due, if there is one.
    pub(crate) fn next_due(&self, kind: PunctuationType) -> Option<i64> {
        let queue = match kind {
            PunctuationType::StreamTime => &self.stream,
            PunctuationType::WallClockTime => &self.wall,
        };
        queue.first().map(|(due, _)| *due)
    }

    /// Takes the next punctuation that is due at `now` and schedules it anew: on its grid, skipping what was missed.
    pub(crate) fn take_due(&mut self, kind: PunctuationType, now: i64) -> Option<Due> {
        let (due, id) = *self.queue(kind).first()?;
        if due > now {
            return None;
        }
        self.queue(kind).pop_first();
        let schedule = *self.schedules.iter().find(|schedule| schedule.id == id)?;
        let missed = (now - due) / schedule.interval_ms;
        let next = due.saturating_add((missed + 1).saturating_mul(schedule.interval_ms));
        self.queue(kind).insert((next, id));
        Some(Due { id, node: schedule.node })
    }

    fn queue(&mut self, kind: PunctuationType) -> &mut BTreeSet<(i64, PunctuationId)> {
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
        assert_eq!(punctuations.take_due(StreamTime, 45).unwrap().node, 3);
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
}
