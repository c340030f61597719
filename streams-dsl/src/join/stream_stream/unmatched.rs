//! Which unmatched records a left or outer join gives out, and when (feature D78).

use streams_core::{JoinSide, OuterJoinStore, Result, Unmatched};

use crate::{Data, JoinWindows};

/// The records that can find no match any more: the windows of their key and time are closed. `after_ms` is the
/// processing side's. The store is looked through at most every `interval_ms` of the wall clock.
///
/// As in Kafka, each scan leaves the lower bound of times at the last record that it looked at: the first one after records
/// of both sides whose windows are open, or the store's last.
pub(super) fn take_closed<K: Data, L: Data, R: Data>(
    store: &mut OuterJoinStore<K, L, R>,
    of_left: JoinWindows,
    after_ms: i64,
    (wall_clock, interval_ms): (i64, i64),
) -> Result<Vec<Unmatched<K, L, R>>> {
    let clock = store.clock();
    let (stream_time, grace) = (clock.stream_time, of_left.grace_period_ms());
    let is_open = |time: i64, reach: i64| time.saturating_add(reach).saturating_add(grace) >= stream_time;
    if clock.min_time.is_some_and(|time| is_open(time, after_ms)) || wall_clock < clock.next_scan {
        return Ok(Vec::new());
    }
    clock.next_scan = wall_clock.saturating_add(interval_ms);

    let (mut min_time, mut left_open, mut right_open) = (None, false, false);
    let mut closed = Vec::new();
    for unmatched in store.all()? {
        let unmatched = unmatched?;
        min_time = Some(unmatched.timestamp);
        if left_open && right_open {
            break;
        }
        let (reach, side_open) = match unmatched.values.first().map(JoinSide::side) {
            Some(JoinSide::Left(())) => (of_left.after_ms(), &mut left_open),
            Some(JoinSide::Right(())) => (of_left.before_ms(), &mut right_open),
            None => continue,
        };
        if !is_open(unmatched.timestamp, reach) {
            closed.push(unmatched);
            continue;
        }
        *side_open = true;
    }
    store.clock().min_time = min_time;
    Ok(closed)
}
