//! `SlidingWindows`: windows that move with the records.

use std::time::Duration;

use streams_core::{Error, Result};

use super::definition::millis;

/// Windows of one length that move with the records: two records share a window if they are at most the time difference
/// apart. Both ends belong to a window, and there is a window only for each different set of records (KIP-450).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SlidingWindows {
    difference_ms: i64,
    grace_ms: i64,
}

impl SlidingWindows {
    /// Windows that count no record that comes after their end.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = SlidingWindows::of_time_difference_with_no_grace(Duration::from_secs(10));
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, count| (key.to_string(), count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 20_000)?;
    /// input.pipe_input_at("a", "x", 30_000)?; // in one window with the first, and alone in the next
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// let expected = [("[a@10000/20000]", 1), ("[a@20001/30001]", 1), ("[a@20000/30000]", 2)];
    /// assert_eq!(out, expected.map(|(key, count)| (key.to_owned(), count)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_time_difference_with_no_grace(difference: Duration) -> Self {
        Self::of_time_difference_and_grace(difference, Duration::ZERO)
    }

    /// Windows that count late records for `grace` after their end.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows =
    ///     SlidingWindows::of_time_difference_and_grace(Duration::from_secs(10), Duration::from_secs(60));
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, count| (key.to_string(), count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 90_000)?;
    /// input.pipe_input_at("a", "x", 60_000)?; // late, but within the grace
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// let expected = [("[a@80000/90000]", 1), ("[a@50000/60000]", 1)];
    /// assert_eq!(out, expected.map(|(key, count)| (key.to_owned(), count)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_time_difference_and_grace(difference: Duration, grace: Duration) -> Self {
        Self { difference_ms: millis(difference), grace_ms: millis(grace) }
    }

    /// The largest distance of two records in a window, in milliseconds.
    pub fn time_difference_ms(&self) -> i64 {
        self.difference_ms
    }

    /// For how many milliseconds after a window's end late records are still counted.
    pub fn grace_period_ms(&self) -> i64 {
        self.grace_ms
    }

    /// Refuses windows without a length: as in Kafka, not before there is a record to put into one.
    pub(super) fn check_length(&self) -> Result<()> {
        if self.difference_ms > 0 {
            return Ok(());
        }
        Err(Error::argument(
            "a sliding window must end after it starts: its time difference must be at least 1 ms, not 0 ms",
        ))
    }
}
