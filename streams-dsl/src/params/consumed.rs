//! `Consumed`: how a topic is read.

use std::fmt;
use std::sync::Arc;

use streams_core::{AutoOffsetReset, Serde, TimestampExtractor};

use super::{Named, SerdeChoice, serde_methods};

/// How a topic is read: serdes, time, where to start, and the name of the source.
pub struct Consumed<K, V> {
    pub(crate) key_serde: SerdeChoice<K>,
    pub(crate) value_serde: SerdeChoice<V>,
    pub(crate) named: Named,
    pub(crate) extractor: Option<Arc<dyn TimestampExtractor<K, V>>>,
    pub(crate) table_extractor: Option<Arc<dyn TimestampExtractor<K, Option<V>>>>,
    pub(crate) reset: Option<AutoOffsetReset>,
}

serde_methods!(Consumed);

impl<K: 'static, V: 'static> Consumed<K, V> {
    fn of(key_serde: SerdeChoice<K>, value_serde: SerdeChoice<V>) -> Self {
        Self {
            key_serde,
            value_serde,
            named: Named::none(),
            extractor: None,
            table_extractor: None,
            reset: None,
        }
    }

    /// Names the source. A table called `n` has a source node `n-source` (feature D113).
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }

    /// Finds the records' time, instead of `default.timestamp.extractor`. For streams.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// /// The time stands in the value.
    /// struct TimeOfOrder;
    ///
    /// impl TimestampExtractor<String, i64> for TimeOfOrder {
    ///     fn extract(&self, record: &Record<String, i64>, _partition_time: i64) -> Result<i64, Error> {
    ///         Ok(record.value)
    ///     }
    /// }
    ///
    /// let builder = StreamsBuilder::new();
    /// let consumed = Consumed::new().with_timestamp_extractor(TimeOfOrder);
    /// builder.stream_with::<String, i64>("in", consumed).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, i64>("in").pipe_input_at("a", 5_000, 0)?;
    /// let out = driver.create_output_topic::<String, i64>("out").read_record()?;
    /// assert_eq!(out.timestamp, Some(5_000));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_timestamp_extractor(mut self, extractor: impl TimestampExtractor<K, V>) -> Self {
        self.extractor = Some(Arc::new(extractor));
        self
    }

    /// As [`Consumed::with_timestamp_extractor`], for tables: their topics also hold tombstones.
    #[must_use]
    pub fn with_table_timestamp_extractor(
        mut self,
        extractor: impl TimestampExtractor<K, Option<V>>,
    ) -> Self {
        self.table_extractor = Some(Arc::new(extractor));
        self
    }

    /// Where to start without a committed offset, instead of `auto.offset.reset` (KIP-1106).
    #[must_use]
    pub fn with_offset_reset_policy(mut self, reset: AutoOffsetReset) -> Self {
        self.reset = Some(reset);
        self
    }

    /// The serdes; `None` if one is missing.
    pub(crate) fn serdes(&self) -> Option<(Serde<K>, Serde<V>)> {
        Some((self.key_serde.resolve(None)?, self.value_serde.resolve(None)?))
    }
}

impl<K, V> fmt::Debug for Consumed<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Consumed")
            .field("named", &self.named)
            .field("reset", &self.reset)
            .finish_non_exhaustive()
    }
}
