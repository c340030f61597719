//! `TimeWindows`: tumbling and hopping windows.

use std::time::Duration;

use streams_core::{Error, Result, Window};

use super::definition::{Windows, millis};

/// Windows of one size at a fixed distance, aligned to the epoch; the start belongs to a window, the end does not.
/// Without [`TimeWindows::advance_by`] they do not overlap (tumbling windows); with it they may (hopping windows).
///
/// ```
/// use std::time::Duration;
/// use streams_dsl::{TimeWindows, Windows};
///
/// let windows = TimeWindows::of_size_with_no_grace(Duration::from_secs(60)).advance_by(Duration::from_secs(20));
/// let mut found = Vec::new();
/// windows.windows_for(65_000, &mut found);
/// let starts: Vec<i64> = found.iter().map(|window| window.start).collect();
/// assert_eq!(starts, [20_000, 40_000, 60_000]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TimeWindows {
    size_ms: i64,
    advance_ms: i64,
    grace_ms: i64,
}

impl TimeWindows {
    /// Windows that count no record that comes after their end (KIP-633).
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = TimeWindows::of_size_with_no_grace(Duration::from_secs(10));
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, count| (key.to_string(), count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 9999)?;
    /// input.pipe_input_at("a", "x", 10_000)?; // closes the first window
    /// input.pipe_input_at("a", "x", 9999)?; // dropped
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// let expected = [("[a@0/10000]", 1), ("[a@10000/20000]", 1)];
    /// assert_eq!(out, expected.map(|(key, count)| (key.to_owned(), count)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_size_with_no_grace(size: Duration) -> Self {
        Self::of_size_and_grace(size, Duration::ZERO)
    }

    /// Windows that count late records for `grace` after their end (KIP-633).
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = TimeWindows::of_size_and_grace(Duration::from_secs(10), Duration::from_secs(2));
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, count| (key.to_string(), count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 9999)?;
    /// input.pipe_input_at("a", "x", 11_999)?;
    /// input.pipe_input_at("a", "x", 9999)?; // late, but within the grace
    /// input.pipe_input_at("a", "x", 12_000)?; // closes the first window
    /// input.pipe_input_at("a", "x", 9999)?; // dropped
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// let expected = [("[a@0/10000]", 1), ("[a@10000/20000]", 1), ("[a@0/10000]", 2), ("[a@10000/20000]", 2)];
    /// assert_eq!(out, expected.map(|(key, count)| (key.to_owned(), count)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of_size_and_grace(size: Duration, grace: Duration) -> Self {
        let size_ms = millis(size);
        Self { size_ms, advance_ms: size_ms, grace_ms: millis(grace) }
    }

    /// Begins a window every `advance`, which is at most the windows' size.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = TimeWindows::of_size_with_no_grace(Duration::from_secs(10)).advance_by(Duration::from_secs(5));
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, count| (key.to_string(), count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 12_000)?; // in two windows
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// let expected = [("[a@5000/15000]", 1), ("[a@10000/20000]", 1)];
    /// assert_eq!(out, expected.map(|(key, count)| (key.to_owned(), count)));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn advance_by(self, advance: Duration) -> Self {
        Self { advance_ms: millis(advance), ..self }
    }
}

impl Windows for TimeWindows {
    fn windows_for(&self, timestamp: i64, windows: &mut Vec<Window>) {
        let earliest = timestamp.saturating_sub(self.size_ms).saturating_add(self.advance_ms).max(0);
        let mut start = earliest / self.advance_ms * self.advance_ms;
        while start <= timestamp {
            // Behind the last possible time the end wraps, as in Kafka: an aggregation refuses such a window.
            windows.push(Window::new(start, start.wrapping_add(self.size_ms)));
            let Some(next) = start.checked_add(self.advance_ms) else { break };
            start = next;
        }
    }

    fn size_ms(&self) -> i64 {
        self.size_ms
    }

    fn grace_period_ms(&self) -> i64 {
        self.grace_ms
    }

    fn validate(&self) -> Result<()> {
        let Self { size_ms, advance_ms, .. } = *self;
        if size_ms < 1 {
            return Err(Error::argument(format!("windows must be longer than 0 ms, not {size_ms} ms")));
        }
        if advance_ms < 1 || advance_ms > size_ms {
            return Err(Error::argument(format!(
                "windows of {size_ms} ms must advance by 1 to {size_ms} ms, not {advance_ms} ms"
            )));
        }
        Ok(())
    }
}
