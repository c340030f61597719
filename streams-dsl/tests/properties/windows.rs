//! Windowed aggregations, results on close among them.

use streams_dsl::prelude::*;

use crate::{Case, millis, stream, windowed_updates};

pub(crate) const CASES: &[Case] = &[
    Case::table("tumbling, reduced", |builder| {
        let windows = TimeWindows::of_size_with_no_grace(millis(10));
        windowed_updates(&by_key(builder).windowed_by(windows).reduce(|sum, n| sum + n));
    }),
    Case::table("hopping", |builder| {
        let windows = TimeWindows::of_size_and_grace(millis(20), millis(30)).advance_by(millis(10));
        windowed_updates(&by_key(builder).windowed_by(windows).count());
    }),
    Case::table("sliding", |builder| {
        windowed_updates(&by_key(builder).windowed_by(sliding()).reduce(|sum, n| sum + n));
    }),
    Case::table("sessions", |builder| windowed_updates(&by_key(builder).windowed_by(sessions()).count())),
    Case::table("unlimited", |builder| {
        let windows = UnlimitedWindows::of().start_on(20);
        windowed_updates(&by_key(builder).windowed_by(windows).count());
    }),
    Case::records("hopping, on close", |builder| {
        let windows = TimeWindows::of_size_and_grace(millis(20), millis(5)).advance_by(millis(10));
        let windowed = by_key(builder).windowed_by(windows).emit_strategy(EmitStrategy::OnWindowClose);
        windowed_updates(&windowed.count_with(kept()));
    }),
    Case::records("sliding, on close", |builder| {
        let windows = SlidingWindows::of_time_difference_and_grace(millis(10), millis(5));
        let windowed = by_key(builder).windowed_by(windows).emit_strategy(EmitStrategy::OnWindowClose);
        windowed_updates(&windowed.count_with(kept()));
    }),
    Case::records("sessions, on close", |builder| {
        let windows = SessionWindows::of_inactivity_gap_and_grace(millis(5), millis(5));
        let windowed = by_key(builder).windowed_by(windows).emit_strategy(EmitStrategy::OnWindowClose);
        windowed_updates(&windowed.count_with(kept()));
    }),
    Case::table("tumbling, suppressed until they close", |builder| {
        let windows = TimeWindows::of_size_and_grace(millis(10), millis(5));
        let counts = by_key(builder).windowed_by(windows).count_with(kept());
        windowed_updates(&counts.suppress(Suppressed::until_window_closes(BufferConfig::unbounded())));
    }),
    Case::table("cogroup, hopping", |builder| {
        let windows = TimeWindows::of_size_and_grace(millis(20), millis(1_000)).advance_by(millis(10));
        windowed_updates(&cogroup(builder).windowed_by(windows).aggregate(|| 0));
    }),
    Case::table("cogroup, sliding", |builder| {
        windowed_updates(&cogroup(builder).windowed_by(sliding()).aggregate(|| 0));
    }),
    Case::table("cogroup, sessions", |builder| {
        let sum = |_: &String, one: i64, other: i64| one + other;
        windowed_updates(&cogroup(builder).windowed_by(sessions()).aggregate(|| 0, sum));
    }),
];

fn by_key(builder: &StreamsBuilder) -> KGroupedStream<String, i64> {
    stream(builder, "left").group_by_key()
}

/// To be windowed with much grace: each of the streams has its own time, and what a record finds in a window that the
/// other one has left behind depends on the cache, as in Kafka.
fn cogroup(builder: &StreamsBuilder) -> CogroupedKStream<String, i64> {
    let right = stream(builder, "right").group_by_key();
    by_key(builder).cogroup(|_, n, sum| sum + n).cogroup(&right, |_, n, sum| sum - n)
}

/// Sliding windows that take all records.
fn sliding() -> SlidingWindows {
    SlidingWindows::of_time_difference_and_grace(millis(10), millis(1_000))
}

/// Session windows that take all records: what becomes of a session that has expired depends on the cache, as in Kafka.
fn sessions() -> SessionWindows {
    SessionWindows::of_inactivity_gap_and_grace(millis(5), millis(1_000))
}

/// A store that has all windows to the end: which of those that a jump of time closes have expired already depends on the
/// kind of store, as in Kafka.
fn kept() -> Materialized<String, i64> {
    Materialized::new().with_retention(millis(100_000))
}
