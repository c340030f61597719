//! `JoinWindows`: how far apart in time records of two streams may be to be joined.

use std::time::Duration;

use streams_core::{Error, Result};

/// How far apart in time two records may be to be joined, and how late they may come.
///
/// A record of the left stream with timestamp `t` is joined with those of the right stream with timestamps from
/// `t - before` to `t + after`, both included.
///
/// ```
/// use std::time::Duration;
/// use streams_dsl::JoinWindows;
///
/// // Payments within ten minutes after their order, which may come up to an hour late.
/// let windows = JoinWindows::of_time_difference_and_grace(Duration::from_secs(600), Duration::from_secs(3600))
///     .before(Duration::ZERO);
/// assert_eq!(windows.size_ms(), 600_000);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JoinWindows {
    before_ms: i64,
    after_ms: i64,
    grace_ms: i64,
}

impl JoinWindows {
    /// Records are joined if they are at most `difference` apart. A left or outer join gives out a record without a match
    /// as soon as stream time has passed its window.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let (left, right) = (builder.stream::<String, String>("left"), builder.stream::<String, String>("right"));
    /// let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(10));
    /// left.join(&right, |left, right| format!("{left}{right}"), windows).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut right = driver.create_input_topic::<String, String>("right");
    /// driver.create_input_topic::<String, String>("left").pipe_input_at("a", "l50", 50)?;
    /// right.pipe_input_at("a", "r39", 39)?;
    /// right.pipe_input_at("a", "r40", 40)?;
    /// right.pipe_input_at("a", "r60", 60)?;
    /// right.pipe_input_at("a", "r61", 61)?;
    /// assert_eq!(driver.create_output_topic::<String, String>("out").read_values_to_list()?, ["l50r40", "l50r60"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_time_difference_with_no_grace(difference: Duration) -> Self {
        Self::of_time_difference_and_grace(difference, Duration::ZERO)
    }

    /// Records are joined if they are at most `difference` apart. A left or outer join waits `grace` longer for matches
    /// that come late (KIP-633).
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let (left, right) = (builder.stream::<String, String>("left"), builder.stream::<String, String>("right"));
    /// let windows =
    ///     JoinWindows::of_time_difference_and_grace(Duration::from_millis(10), Duration::from_millis(5));
    /// left.left_join(&right, |left, right| format!("{left}+{right:?}"), windows).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut left = driver.create_input_topic::<String, String>("left");
    /// left.pipe_input_at("a", "l50", 50)?;
    /// left.pipe_input_at("b", "l65", 65)?; // the first may still find a partner
    /// driver.create_input_topic::<String, String>("right").pipe_input_at("a", "r60", 60)?;
    /// left.pipe_input_at("c", "l90", 90)?; // the second may not any more
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["l50+Some(\"r60\")", "l65+None"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_time_difference_and_grace(difference: Duration, grace: Duration) -> Self {
        let difference = millis(difference);
        Self { before_ms: difference, after_ms: difference, grace_ms: millis(grace) }
    }

    /// The right record may be older than the left one by at most `difference`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let (left, right) = (builder.stream::<String, String>("left"), builder.stream::<String, String>("right"));
    /// let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(10)).before(Duration::from_millis(2));
    /// left.join(&right, |left, right| format!("{left}{right}"), windows).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut right = driver.create_input_topic::<String, String>("right");
    /// driver.create_input_topic::<String, String>("left").pipe_input_at("a", "l50", 50)?;
    /// right.pipe_input_at("a", "r47", 47)?;
    /// right.pipe_input_at("a", "r48", 48)?;
    /// right.pipe_input_at("a", "r60", 60)?;
    /// assert_eq!(driver.create_output_topic::<String, String>("out").read_values_to_list()?, ["l50r48", "l50r60"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn before(self, difference: Duration) -> Self {
        Self { before_ms: millis(difference), ..self }
    }

    /// The right record may be younger than the left one by at most `difference`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let (left, right) = (builder.stream::<String, String>("left"), builder.stream::<String, String>("right"));
    /// let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(10)).after(Duration::from_millis(2));
    /// left.join(&right, |left, right| format!("{left}{right}"), windows).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut right = driver.create_input_topic::<String, String>("right");
    /// driver.create_input_topic::<String, String>("left").pipe_input_at("a", "l50", 50)?;
    /// right.pipe_input_at("a", "r40", 40)?;
    /// right.pipe_input_at("a", "r52", 52)?;
    /// right.pipe_input_at("a", "r53", 53)?;
    /// assert_eq!(driver.create_output_topic::<String, String>("out").read_values_to_list()?, ["l50r40", "l50r52"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn after(self, difference: Duration) -> Self {
        Self { after_ms: millis(difference), ..self }
    }

    /// The right record must be younger than the left one by at least `difference` (Kafka's `before` with a negative
    /// time).
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let (left, right) = (builder.stream::<String, String>("left"), builder.stream::<String, String>("right"));
    /// let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(10)).starting_after(Duration::from_millis(4));
    /// left.join(&right, |left, right| format!("{left}{right}"), windows).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut right = driver.create_input_topic::<String, String>("right");
    /// driver.create_input_topic::<String, String>("left").pipe_input_at("a", "l50", 50)?;
    /// right.pipe_input_at("a", "r50", 50)?;
    /// right.pipe_input_at("a", "r54", 54)?;
    /// right.pipe_input_at("a", "r60", 60)?;
    /// assert_eq!(driver.create_output_topic::<String, String>("out").read_values_to_list()?, ["l50r54", "l50r60"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn starting_after(self, difference: Duration) -> Self {
        Self { before_ms: -millis(difference), ..self }
    }

    /// The right record must be older than the left one by at least `difference` (Kafka's `after` with a negative time).
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let (left, right) = (builder.stream::<String, String>("left"), builder.stream::<String, String>("right"));
    /// let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(10)).ending_before(Duration::from_millis(4));
    /// left.join(&right, |left, right| format!("{left}{right}"), windows).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut right = driver.create_input_topic::<String, String>("right");
    /// driver.create_input_topic::<String, String>("left").pipe_input_at("a", "l50", 50)?;
    /// right.pipe_input_at("a", "r40", 40)?;
    /// right.pipe_input_at("a", "r46", 46)?;
    /// right.pipe_input_at("a", "r50", 50)?;
    /// assert_eq!(driver.create_output_topic::<String, String>("out").read_values_to_list()?, ["l50r40", "l50r46"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn ending_before(self, difference: Duration) -> Self {
        Self { after_ms: -millis(difference), ..self }
    }

    /// By how many milliseconds the right record may be older than the left one; negative if it must be younger.
    pub fn before_ms(&self) -> i64 {
        self.before_ms
    }

    /// By how many milliseconds the right record may be younger than the left one; negative if it must be older.
    pub fn after_ms(&self) -> i64 {
        self.after_ms
    }

    /// How late records may come, in milliseconds.
    pub fn grace_period_ms(&self) -> i64 {
        self.grace_ms
    }

    /// The length of the window, in milliseconds.
    pub fn size_ms(&self) -> i64 {
        self.before_ms.saturating_add(self.after_ms)
    }

    /// The same windows as the right stream sees them.
    pub(crate) fn mirrored(self) -> Self {
        Self { before_ms: self.after_ms, after_ms: self.before_ms, ..self }
    }

    /// From when to when the other records are that may be joined with one at `timestamp`. As in Kafka, both ends are at
    /// least 0: a window that lies before the epoch has the records at 0.
    pub(crate) fn range(&self, timestamp: i64) -> (i64, i64) {
        let from = timestamp.saturating_sub(self.before_ms);
        let to = timestamp.saturating_add(self.after_ms);
        (from.max(0), to.max(0))
    }

    /// How long a join's stores keep records, in milliseconds.
    pub(crate) fn retention_ms(&self) -> i64 {
        self.size_ms().saturating_add(self.grace_ms)
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.size_ms() < 0 {
            return Err(Error::argument(format!(
                "a join window ends {} ms before it starts: `before` and `after` must not be negative together",
                -self.size_ms()
            )));
        }
        Ok(())
    }
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_may_lie_wholly_to_one_side_but_not_end_before_it_starts() {
        let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(10));
        let later = windows.starting_after(Duration::from_millis(4));
        assert_eq!((later.before_ms(), later.size_ms()), (-4, 6));
        later.check().unwrap();
        assert_eq!(later.mirrored().after_ms(), -4);
        windows.ending_before(Duration::from_millis(11)).check().unwrap_err();
    }
}
