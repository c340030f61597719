//! Cogrouped streams by windows of a fixed size.

use std::sync::Arc;

use streams_core::{DefaultSerde, Windowed};

use super::CogroupedKStream;
use crate::params::{Materialized, Named, StoredParams};
use crate::window::TimeKind;
use crate::{Data, KTable};

/// A cogrouped stream by tumbling, hopping, sliding, unlimited or user-defined windows.
#[derive(Debug, Clone)]
pub struct TimeWindowedCogroupedKStream<K, VA> {
    cogrouped: CogroupedKStream<K, VA>,
    kind: TimeKind,
}

impl<K: Data, VA: Data> TimeWindowedCogroupedKStream<K, VA> {
    pub(crate) fn new(cogrouped: &CogroupedKStream<K, VA>, kind: TimeKind) -> Self {
        cogrouped.graph().check(kind.validate());
        Self { cogrouped: cogrouped.clone(), kind }
    }

    /// As [`CogroupedKStream::aggregate`], for each window.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let clicks = builder.stream::<String, String>("clicks").group_by_key();
    /// let payments = builder.stream::<String, i64>("payments").group_by_key();
    /// clicks
    ///     .cogroup(|_, _, score: i64| score + 1)
    ///     .cogroup(&payments, |_, amount, score| score + amount)
    ///     .windowed_by(TimeWindows::of_size_with_no_grace(Duration::from_secs(60)))
    ///     .aggregate(|| 0)
    ///     .to_stream_of_values()
    ///     .map(|key, score| (key.to_string(), score))
    ///     .to("scores");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("clicks").pipe_input_at("anna", "/home", 0)?;
    /// driver.create_input_topic::<String, i64>("payments").pipe_input_at("anna", 50, 60_000)?;
    /// let scores = driver.create_output_topic::<String, i64>("scores").read_key_values_to_list()?;
    /// assert_eq!(scores, [("[anna@0/60000]".to_owned(), 1), ("[anna@60000/120000]".to_owned(), 50)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn aggregate(&self, initializer: impl Fn() -> VA + Send + Sync + 'static) -> KTable<Windowed<K>, VA>
    where
        VA: DefaultSerde,
    {
        self.aggregate_with(initializer, (Named::none(), Materialized::of_values()))
    }

    /// As [`TimeWindowedCogroupedKStream::aggregate`], with a name, a store, or both.
    pub fn aggregate_with(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<Windowed<K>, VA> {
        let (initializer, params) = (Arc::new(initializer), params.into_parts());
        self.cogrouped.aggregated_by(&self.kind, initializer, params, |input, name, shape| {
            input.window_node(name, shape, self.kind.clone())
        })
    }
}
