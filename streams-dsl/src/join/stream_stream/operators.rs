//! `join`, `left_join`, `outer_join` of two streams.

use streams_core::{BoxError, DefaultSerde};

use super::kind::JoinKind;
use crate::join::{inner, left, outer};
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
