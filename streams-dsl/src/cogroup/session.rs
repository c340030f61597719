//! Cogrouped streams by sessions.

use std::sync::Arc;

use streams_core::{DefaultSerde, Windowed};

use super::CogroupedKStream;
use super::input::Merger;
use crate::params::{Materialized, Named, StoredParams};
use crate::window::SessionWindows;
use crate::{Data, KTable};

/// A cogrouped stream by sessions.
#[derive(Debug, Clone)]
pub struct SessionWindowedCogroupedKStream<K, VA> {
    cogrouped: CogroupedKStream<K, VA>,
    windows: SessionWindows,
}

impl<K: Data, VA: Data> SessionWindowedCogroupedKStream<K, VA> {
    pub(crate) fn new(cogrouped: &CogroupedKStream<K, VA>, windows: SessionWindows) -> Self {
        Self { cogrouped: cogrouped.clone(), windows }
    }

    /// As [`CogroupedKStream::aggregate`], for each session; `merger` makes one aggregate of two when sessions become one.
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
    ///     .windowed_by(SessionWindows::of_inactivity_gap_with_no_grace(Duration::from_secs(5)))
    ///     .aggregate(|| 0, |_, one, other| one + other)
    ///     .to_stream_of_values()
    ///     .map(|key, score| (key.to_string(), score))
    ///     .to("scores");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut clicks = driver.create_input_topic::<String, String>("clicks");
    /// clicks.pipe_input_at("anna", "/home", 0)?;
    /// clicks.pipe_input_at("anna", "/news", 8_000)?;
    /// // Comes late and lies between the two: all three are one session.
    /// driver.create_input_topic::<String, i64>("payments").pipe_input_at("anna", 50, 4_000)?;
    /// let scores = driver.create_output_topic::<String, i64>("scores").read_key_values_to_list()?;
    /// assert_eq!(scores.last(), Some(&("[anna@0/8000]".to_owned(), 52)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn aggregate(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        merger: impl Fn(&K, VA, VA) -> VA + Send + Sync + 'static,
    ) -> KTable<Windowed<K>, VA>
    where
        VA: DefaultSerde,
    {
        self.aggregate_with(initializer, merger, (Named::none(), Materialized::of_values()))
    }

    /// As [`SessionWindowedCogroupedKStream::aggregate`], with a name, a store, or both.
    pub fn aggregate_with(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        merger: impl Fn(&K, VA, VA) -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<Windowed<K>, VA> {
        let merger: Merger<K, VA> = Arc::new(move |key, one, other| Ok(merger(key, one, other)));
        let (initializer, params) = (Arc::new(initializer), params.into_parts());
        self.cogrouped.aggregated_by(&self.windows, initializer, params, |input, name, shape| {
            input.session_node(name, shape, self.windows, Arc::clone(&merger))
        })
    }
}
