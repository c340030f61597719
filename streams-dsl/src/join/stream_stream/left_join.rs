//! `left_join` of two streams.

use streams_core::{BoxError, DefaultSerde};

use super::kind::JoinKind;
use crate::join::left;
use crate::{Data, JoinWindows, KStream, StreamJoined};

impl<K: Data, L: Data> KStream<K, L> {
    /// As [`KStream::join`], and left records that find no match come out with `None`: once their window and its grace
    /// period are over, when the next record shows it. A left record with a null key comes out with `None` at once.
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
    /// orders.left_join(&payments, |order, cents| format!("{order}: {cents:?}"), windows).to("orders-paid");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// let mut paid = driver.create_output_topic::<String, String>("orders-paid");
    /// orders.pipe_input_at("anna", "tea", 0)?;
    /// orders.pipe_input_at("bert", "rum", 600_000)?;
    /// assert!(paid.is_empty()?); // a payment may still come
    /// orders.pipe_input_at("carl", "gin", 600_001)?;
    /// assert_eq!(paid.read_values_to_list()?, ["tea: None"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join<R: Data + DefaultSerde, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&L, Option<&R>) -> O + Send + Sync + 'static,
        windows: JoinWindows,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        self.left_join_with(other, joiner, windows, StreamJoined::new())
    }

    /// As [`KStream::left_join`], with serdes, names and stores.
    pub fn left_join_with<R: Data, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&L, Option<&R>) -> O + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        self.left_join_keyed_with(other, move |_, left, right| joiner(left, right), windows, joined)
    }

    /// As [`KStream::left_join`], with a joiner that also sees the key.
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
    /// let joiner = |user: &String, item: &String, cents: Option<&i64>| format!("{user}: {item} for {cents:?}");
    /// orders.left_join_keyed(&payments, joiner, minute).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// let mut payments = driver.create_input_topic::<String, i64>("payments");
    /// orders.pipe_input_at("anna", "tea", 0)?;
    /// payments.pipe_input_at("anna", 250, 9)?;
    /// orders.pipe_input_at("ben", "milk", 10)?;
    /// orders.pipe_input_at("ben", "bread", 99_999)?; // closes the window of the milk
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["anna: tea for Some(250)", "ben: milk for None"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join_keyed<R: Data + DefaultSerde, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&K, &L, Option<&R>) -> O + Send + Sync + 'static,
        windows: JoinWindows,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        self.left_join_keyed_with(other, joiner, windows, StreamJoined::new())
    }

    /// As [`KStream::left_join_keyed`], with serdes, names and stores.
    pub fn left_join_keyed_with<R: Data, O: Data>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&K, &L, Option<&R>) -> O + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        let joiner = move |key: &K, left: &L, right: Option<&R>| Ok::<_, BoxError>(joiner(key, left, right));
        self.try_left_join_keyed_with(other, joiner, windows, joined)
    }

    /// As [`KStream::left_join`], with a joiner that may fail: the processing exception handler decides about the record.
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
    /// let joiner = |item: &String, cents: Option<&i64>| match cents {
    ///     Some(cents) if *cents < 0 => Err("a negative payment"),
    ///     cents => Ok(format!("{item} for {cents:?}")),
    /// };
    /// orders.try_left_join(&payments, joiner, minute).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// let mut payments = driver.create_input_topic::<String, i64>("payments");
    /// orders.pipe_input_at("anna", "tea", 0)?;
    /// payments.pipe_input_at("anna", 250, 9)?;
    /// assert!(payments.pipe_input_at("anna", -1, 10).is_err());
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["tea for Some(250)"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_left_join<R: Data + DefaultSerde, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&L, Option<&R>) -> Result<O, E> + Send + Sync + 'static,
        windows: JoinWindows,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        self.try_left_join_keyed_with(
            other,
            move |_, left, right| joiner(left, right),
            windows,
            StreamJoined::new(),
        )
    }

    /// As [`KStream::left_join_keyed_with`], with a joiner that may fail.
    pub fn try_left_join_keyed_with<R: Data, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KStream<K, R>,
        joiner: impl Fn(&K, &L, Option<&R>) -> Result<O, E> + Send + Sync + 'static,
        windows: JoinWindows,
        joined: StreamJoined<K, L, R>,
    ) -> KStream<K, O> {
        self.join_streams(other, left(joiner), windows, JoinKind::Left, &joined)
    }
}
