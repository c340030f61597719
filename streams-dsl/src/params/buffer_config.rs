//! `BufferConfig`: how large the buffer of a suppression may grow, and what happens then.

use std::collections::BTreeMap;

/// What happens when a buffer is full.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum WhenFull {
    /// The first updates in the buffer are emitted early.
    EmitEarly,
    /// The application stops with an error.
    ShutDown,
}

/// How large the buffer of a suppression may grow. When it is full, updates are emitted early, unless
/// [`BufferConfig::shut_down_when_full`] says otherwise. (KIP-328.)
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BufferConfig {
    pub(crate) max_records: Option<usize>,
    pub(crate) max_bytes: Option<usize>,
    pub(crate) when_full: WhenFull,
    /// `None`: no changelog.
    pub(crate) logging: Option<BTreeMap<String, String>>,
}

/// A buffer that never emits early: it is unbounded, or the application stops when it is full.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrictBufferConfig(pub(crate) BufferConfig);

impl BufferConfig {
    /// At most `records` keys, then updates are emitted early.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let limit = Suppressed::until_time_limit(Duration::from_secs(60), BufferConfig::max_records(1));
    /// builder.table::<String, i64>("in").suppress(limit).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input_at("a", 1, 0)?;
    /// input.pipe_input_at("a", 2, 1)?;
    /// input.pipe_input_at("b", 3, 2)?; // there is no room for two
    /// let out = driver.create_output_topic::<String, i64>("out").read_key_values_to_list()?;
    /// assert_eq!(out, [("a".to_owned(), 2)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn max_records(records: usize) -> Self {
        Self { max_records: Some(records), ..Self::no_limits() }
    }

    /// About `bytes` bytes at most, then updates are emitted early.
    pub fn max_bytes(bytes: usize) -> Self {
        Self { max_bytes: Some(bytes), ..Self::no_limits() }
    }

    /// As large as it gets.
    pub fn unbounded() -> StrictBufferConfig {
        StrictBufferConfig(Self { when_full: WhenFull::ShutDown, ..Self::no_limits() })
    }

    fn no_limits() -> Self {
        Self {
            max_records: None,
            max_bytes: None,
            when_full: WhenFull::EmitEarly,
            logging: Some(BTreeMap::new()),
        }
    }

    /// Also at most `records` keys.
    #[must_use]
    pub fn with_max_records(self, records: usize) -> Self {
        Self { max_records: Some(records), ..self }
    }

    /// Also about `bytes` bytes at most.
    #[must_use]
    pub fn with_max_bytes(self, bytes: usize) -> Self {
        Self { max_bytes: Some(bytes), ..self }
    }

    /// When the buffer is full, the processor fails, and the application stops: rather no result than an early one.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let full = BufferConfig::max_records(1).shut_down_when_full();
    /// let limit = Suppressed::until_time_limit(Duration::from_secs(60), full);
    /// builder.table::<String, i64>("in").suppress(limit).to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input_at("a", 1, 0)?;
    /// assert!(input.pipe_input_at("b", 2, 1).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn shut_down_when_full(self) -> StrictBufferConfig {
        StrictBufferConfig(Self { when_full: WhenFull::ShutDown, ..self })
    }

    /// The buffer has a changelog (the default), created with these settings on top of the library's.
    #[must_use]
    pub fn with_logging_enabled(self, config: BTreeMap<String, String>) -> Self {
        Self { logging: Some(config), ..self }
    }

    /// The buffer has no changelog: what it holds is lost when the task stops.
    #[must_use]
    pub fn with_logging_disabled(self) -> Self {
        Self { logging: None, ..self }
    }
}

impl StrictBufferConfig {
    /// At most `records` keys.
    #[must_use]
    pub fn with_max_records(self, records: usize) -> Self {
        Self(self.0.with_max_records(records))
    }

    /// About `bytes` bytes at most.
    #[must_use]
    pub fn with_max_bytes(self, bytes: usize) -> Self {
        Self(self.0.with_max_bytes(bytes))
    }

    /// When the buffer is full, updates are emitted early.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let few = BufferConfig::unbounded().with_max_records(1).emit_early_when_full();
    /// let limit = Suppressed::until_time_limit(Duration::from_secs(60), few);
    /// builder.table::<String, i64>("in").suppress(limit).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input_at("a", 1, 0)?;
    /// input.pipe_input_at("b", 2, 1)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_value()?, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn emit_early_when_full(self) -> BufferConfig {
        BufferConfig { when_full: WhenFull::EmitEarly, ..self.0 }
    }

    /// See [`BufferConfig::with_logging_enabled`].
    #[must_use]
    pub fn with_logging_enabled(self, config: BTreeMap<String, String>) -> Self {
        Self(self.0.with_logging_enabled(config))
    }

    /// See [`BufferConfig::with_logging_disabled`].
    #[must_use]
    pub fn with_logging_disabled(self) -> Self {
        Self(self.0.with_logging_disabled())
    }
}

impl From<StrictBufferConfig> for BufferConfig {
    fn from(strict: StrictBufferConfig) -> Self {
        strict.0
    }
}
