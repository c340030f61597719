//! `Suppressed`: which updates of a table are held back, and for how long.

use std::time::Duration;

use streams_core::Windowed;

use super::{BufferConfig, Named, StrictBufferConfig};

/// From when an update waits, and for how long.
#[derive(Debug)]
pub(crate) enum Wait<K> {
    /// From the end of its window until the window is closed.
    UntilWindowCloses(fn(&K) -> i64),
    /// From its time on, so long.
    For(Duration),
}

impl<K> Clone for Wait<K> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<K> Copy for Wait<K> {}

/// Which updates of a table are held back, and for how long (KIP-328).
#[derive(Debug, Clone)]
pub struct Suppressed<K> {
    pub(crate) wait: Wait<K>,
    pub(crate) buffer: BufferConfig,
    pub(crate) named: Named,
}

impl<K> Suppressed<Windowed<K>> {
    /// One result for each window: the final one, when stream time has passed its end and grace. The buffer must not emit
    /// early.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder
    ///     .stream::<String, String>("clicks")
    ///     .group_by_key()
    ///     .windowed_by(TimeWindows::of_size_with_no_grace(Duration::from_secs(60)))
    ///     .count()
    ///     .suppress(Suppressed::until_window_closes(BufferConfig::unbounded()));
    /// # builder.build()?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn until_window_closes(buffer: StrictBufferConfig) -> Self {
        Self {
            wait: Wait::UntilWindowCloses(|key| key.window.end),
            buffer: buffer.into(),
            named: Named::none(),
        }
    }
}

impl<K> Suppressed<K> {
    /// The last update of each key that comes within `time` of the first one. Time is stream time: it goes on only while
    /// updates come.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let limit = Suppressed::until_time_limit(Duration::from_secs(10), BufferConfig::unbounded());
    /// builder.table::<String, i64>("in").suppress(limit).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input_at("a", 1, 0)?;
    /// input.pipe_input_at("a", 2, 9_000)?;
    /// input.pipe_input_at("b", 3, 10_000)?; // ten seconds after the first update of `a`
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// assert_eq!(out, [("a".to_owned(), 2)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn until_time_limit(time: Duration, buffer: impl Into<BufferConfig>) -> Self {
        Self { wait: Wait::For(time), buffer: buffer.into(), named: Named::none() }
    }

    /// Names the operator and its buffer (`<name>-store`).
    #[must_use]
    pub fn with_name(self, name: impl Into<String>) -> Self {
        Self { named: Named::as_(name), ..self }
    }
}
