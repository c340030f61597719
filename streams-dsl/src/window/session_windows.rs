//! `SessionWindows`: windows of activity.

use std::time::Duration;

use super::definition::millis;

/// Sessions: records of a key that are at most an inactivity gap apart belong together. A session is as long as its
/// records make it, and both its ends are records' times (KIP-94).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionWindows {
    gap_ms: i64,
    grace_ms: i64,
}

impl SessionWindows {
    /// Sessions that take no record that comes more than a gap after their end.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = SessionWindows::of_inactivity_gap_with_no_grace(Duration::from_secs(10));
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, count| (key.to_string(), count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 0)?;
    /// input.pipe_input_at("a", "x", 10_000)?; // joins the session
    /// input.pipe_input_at("a", "x", 20_001)?; // begins another
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// let expected = [("[a@0/0]", 1), ("[a@0/10000]", 2), ("[a@20001/20001]", 1)];
    /// assert_eq!(out, expected.map(|(key, count)| (key.to_owned(), count)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_inactivity_gap_with_no_grace(gap: Duration) -> Self {
        Self::of_inactivity_gap_and_grace(gap, Duration::ZERO)
    }

    /// Sessions that take late records for `grace` longer.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows =
    ///     SessionWindows::of_inactivity_gap_and_grace(Duration::from_secs(10), Duration::from_secs(60));
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, count| (key.to_string(), count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 90_000)?;
    /// input.pipe_input_at("a", "x", 20_000)?; // late, but within gap and grace
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// let expected = [("[a@90000/90000]", 1), ("[a@20000/20000]", 1)];
    /// assert_eq!(out, expected.map(|(key, count)| (key.to_owned(), count)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_inactivity_gap_and_grace(gap: Duration, grace: Duration) -> Self {
        Self { gap_ms: millis(gap), grace_ms: millis(grace) }
    }

    /// The inactivity gap in milliseconds.
    pub fn inactivity_gap_ms(&self) -> i64 {
        self.gap_ms
    }

    /// For how many milliseconds longer late records are taken.
    pub fn grace_period_ms(&self) -> i64 {
        self.grace_ms
    }
}
