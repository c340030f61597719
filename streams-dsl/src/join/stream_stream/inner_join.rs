//! `join` of two streams.

use streams_core::{BoxError, DefaultSerde};

use super::kind::JoinKind;
use crate::join::inner;
use crate::{Data, JoinWindows, KStream, StreamJoined};

impl<K: Data, L: Data> KStream<K, L> {
    /// Pairs of records of two streams that have the same key and lie in one window, each as the value that `joiner` makes
    /// of them. The result's time is the later of the two, its headers are those of the record that came last. Records
    /// with a null key or a null value are dropped.
    ///
    /// Both topics must have the same number of partitions. Two streams whose key was changed are repartitioned first.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.stream::<String, String>("orders");
    /// let payments = builder.stream::<String, i64>("payments");
    /// let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_secs(600));
    /// orders.join(&payments, |order, cents| format!("{order}: {cents}"), windows).to("paid");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// let mut payments = driver.create_input_topic::<String, i64>("payments");
    /// orders.pipe_input_at("anna", "tea", 0)?;
    /// payments.pipe_input_at("anna", 250, 600_000)?;
    /// payments.pipe_input_at("anna", 300, 600_001)?; // too late for any order
    /// let paid = driver.create_output_topic::<String, String>("paid").read_records_to_list()?;
    /// assert_eq!((paid.len(), &*paid[0].value, paid[0].timestamp), (1, "tea: 250", Some(600_000)));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join<R: Data + DefaultSerde, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&L, &R) -> O + Send + Sync + 'static,
        windows: JoinWindows,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        self.join_with(other, joiner, windows, StreamJoined::new())
    }

    /// As [`KStream::join`], with serdes, names and stores.
    pub fn join_with<R: Data, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&L, &R) -> O + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        self.join_keyed_with(other, move |_, left, right| joiner(left, right), windows, joined)
    }

    /// As [`KStream::join`], with a joiner that also sees the key.
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
    /// let joiner = |user: &String, item: &String, cents: &i64| format!("{user}: {item} for {cents}");
    /// orders.join_keyed(&payments, joiner, minute).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// let mut payments = driver.create_input_topic::<String, i64>("payments");
    /// orders.pipe_input_at("anna", "tea", 0)?;
    /// payments.pipe_input_at("anna", 250, 9)?;
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["anna: tea for 250"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join_keyed<R: Data + DefaultSerde, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&K, &L, &R) -> O + Send + Sync + 'static,
        windows: JoinWindows,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        self.join_keyed_with(other, joiner, windows, StreamJoined::new())
    }

    /// As [`KStream::join_keyed`], with serdes, names and stores.
    pub fn join_keyed_with<R: Data, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&K, &L, &R) -> O + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        let joiner = move |key: &K, left: &L, right: &R| Ok::<_, BoxError>(joiner(key, left, right));
        self.try_join_keyed_with(other, joiner, windows, joined)
    }

    /// As [`KStream::join`], with a joiner that may fail: the processing exception handler decides about the record.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let prices = builder.stream::<String, i64>("prices");
    /// let amounts = builder.stream::<String, i64>("amounts");
    /// let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_secs(60));
    /// let total = |price: &i64, amount: &i64| price.checked_mul(*amount).ok_or("too much");
    /// prices.try_join(&amounts, total, windows).to("totals");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut prices = driver.create_input_topic::<String, i64>("prices");
    /// let mut amounts = driver.create_input_topic::<String, i64>("amounts");
    /// prices.pipe_input_at("tea", 5, 0)?;
    /// amounts.pipe_input_at("tea", 2, 1)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("totals").read_value()?, 10);
    /// let error = amounts.pipe_input_at("tea", i64::MAX, 2).unwrap_err();
    /// assert!(error.to_string().contains("too much"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_join<R: Data + DefaultSerde, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&L, &R) -> Result<O, E> + Send + Sync + 'static,
        windows: JoinWindows,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        self.try_join_keyed_with(
            other,
            move |_, left, right| joiner(left, right),
            windows,
            StreamJoined::new(),
        )
    }

    /// As [`KStream::join_keyed_with`], with a joiner that may fail.
    pub fn try_join_keyed_with<R: Data, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&K, &L, &R) -> Result<O, E> + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        self.join_streams(other, inner(joiner), windows, JoinKind::Inner, &joined)
    }
}
