//! `outer_join` of two streams.

use streams_core::{BoxError, DefaultSerde};

use super::kind::JoinKind;
use crate::join::outer;
use crate::{Data, JoinWindows, KStream, StreamJoined};

impl<K: Data, L: Data> KStream<K, L> {
    /// As [`KStream::left_join`], and so do right records that find no match. At least one of the joiner's arguments is
    /// there.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let bids = builder.stream::<String, i64>("bids");
    /// let asks = builder.stream::<String, i64>("asks");
    /// let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_secs(1));
    /// bids.outer_join(&asks, |bid, ask| format!("{bid:?} {ask:?}"), windows).to("quotes");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut bids = driver.create_input_topic::<String, i64>("bids");
    /// let mut asks = driver.create_input_topic::<String, i64>("asks");
    /// bids.pipe_input_at("tin", 7, 0)?;
    /// asks.pipe_input_at("tin", 8, 500)?;
    /// asks.pipe_input_at("zinc", 5, 600)?;
    /// asks.pipe_input_at("lead", 4, 5_000)?; // now the window of the one before is over
    /// let quotes = driver.create_output_topic::<String, String>("quotes").read_values_to_list()?;
    /// assert_eq!(quotes, ["Some(7) Some(8)", "None Some(5)"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn outer_join<R: Data + DefaultSerde, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(Option<&L>, Option<&R>) -> O + Send + Sync + 'static,
        windows: JoinWindows,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        self.outer_join_with(other, joiner, windows, StreamJoined::new())
    }

    /// As [`KStream::outer_join`], with serdes, names and stores.
    pub fn outer_join_with<R: Data, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(Option<&L>, Option<&R>) -> O + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        self.outer_join_keyed_with(other, move |_, left, right| joiner(left, right), windows, joined)
    }

    /// As [`KStream::outer_join`], with a joiner that also sees the key.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.stream::<String, String>("orders");
    /// let payments = builder.stream::<String, i64>("payments");
    /// let minute = JoinWindows::of_time_difference_with_no_grace(Duration::from_secs(60));
    /// let joiner =
    ///     |user: &String, item: Option<&String>, cents: Option<&i64>| format!("{user}: {item:?} for {cents:?}");
    /// orders.outer_join_keyed(&payments, joiner, minute).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// let mut payments = driver.create_input_topic::<String, i64>("payments");
    /// orders.pipe_input_at("anna", "tea", 0)?;
    /// payments.pipe_input_at("anna", 250, 9)?;
    /// payments.pipe_input_at("ben", 90, 10)?;
    /// payments.pipe_input_at("ben", 80, 99_999)?; // closes the window of the 90
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["anna: Some(\"tea\") for Some(250)", "ben: None for Some(90)"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn outer_join_keyed<R: Data + DefaultSerde, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&K, Option<&L>, Option<&R>) -> O + Send + Sync + 'static,
        windows: JoinWindows,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        self.outer_join_keyed_with(other, joiner, windows, StreamJoined::new())
    }

    /// As [`KStream::outer_join_keyed`], with serdes, names and stores.
    pub fn outer_join_keyed_with<R: Data, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&K, Option<&L>, Option<&R>) -> O + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        let joiner =
            move |key: &K, left: Option<&L>, right: Option<&R>| Ok::<_, BoxError>(joiner(key, left, right));
        self.try_outer_join_keyed_with(other, joiner, windows, joined)
    }

    /// As [`KStream::outer_join`], with a joiner that may fail: the processing exception handler decides about the record.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.stream::<String, String>("orders");
    /// let payments = builder.stream::<String, i64>("payments");
    /// let minute = JoinWindows::of_time_difference_with_no_grace(Duration::from_secs(60));
    /// let joiner = |item: Option<&String>, cents: Option<&i64>| match cents {
    ///     Some(cents) if *cents < 0 => Err("a negative payment"),
    ///     cents => Ok(format!("{item:?} for {cents:?}")),
    /// };
    /// orders.try_outer_join(&payments, joiner, minute).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// let mut payments = driver.create_input_topic::<String, i64>("payments");
    /// orders.pipe_input_at("anna", "tea", 0)?;
    /// payments.pipe_input_at("anna", 250, 9)?;
    /// assert!(payments.pipe_input_at("anna", -1, 10).is_err());
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["Some(\"tea\") for Some(250)"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_outer_join<R: Data + DefaultSerde, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(Option<&L>, Option<&R>) -> Result<O, E> + Send + Sync + 'static,
        windows: JoinWindows,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        self.try_outer_join_keyed_with(
            other,
            move |_, left, right| joiner(left, right),
            windows,
            StreamJoined::new(),
        )
    }

    /// As [`KStream::outer_join_keyed_with`], with a joiner that may fail.
    pub fn try_outer_join_keyed_with<R: Data, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&K, Option<&L>, Option<&R>) -> Result<O, E> + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        self.join_streams(other, outer(joiner), windows, JoinKind::Outer, &joined)
    }
}
