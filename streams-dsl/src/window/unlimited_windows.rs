//! `UnlimitedWindows`: one window without an end.

use streams_core::{Error, Result, Window};

use super::definition::Windows;

/// One window that begins at a time and never ends. Earlier records are ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct UnlimitedWindows {
    start_ms: i64,
}

impl UnlimitedWindows {
    /// The window that begins at the epoch.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = UnlimitedWindows::of();
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, count| (key.to_string(), count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 0)?;
    /// input.pipe_input_at("a", "x", 1_000_000)?;
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// let expected = [("[a@0/9223372036854775807]", 1), ("[a@0/9223372036854775807]", 2)];
    /// assert_eq!(out, expected.map(|(key, count)| (key.to_owned(), count)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn of() -> Self {
        Self::default()
    }

    /// The window that begins at this time, in milliseconds since the epoch.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = UnlimitedWindows::of().start_on(1_000);
    /// let counts = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// counts.to_stream_of_values().map(|key, count| (key.to_string(), count)).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 999)?; // ignored
    /// input.pipe_input_at("a", "x", 1_000)?;
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// let expected = [("[a@1000/9223372036854775807]", 1)];
    /// assert_eq!(out, expected.map(|(key, count)| (key.to_owned(), count)));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn start_on(self, start_ms: i64) -> Self {
        Self { start_ms }
    }
}

impl Windows for UnlimitedWindows {
    fn windows_for(&self, timestamp: i64, windows: &mut Vec<Window>) {
        if timestamp >= self.start_ms {
            windows.push(Window::new(self.start_ms, i64::MAX));
        }
    }

    fn size_ms(&self) -> i64 {
        i64::MAX
    }

    fn validate(&self) -> Result<()> {
        if self.start_ms >= 0 {
            return Ok(());
        }
        Err(Error::argument(format!(
            "an unlimited window cannot start before the epoch, at {}",
            self.start_ms
        )))
    }
}
