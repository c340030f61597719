//! `join`, `left_join`, `outer_join` of two tables.

use streams_core::BoxError;

use super::kind::TableJoinKind;
use crate::join::{inner, left, outer};
use crate::params::{Named, ViewParams};
use crate::{Data, KTable};

impl<K: Data, L: Data> KTable<K, L> {
    /// The entries of two tables that have the same key, each with the value that `joiner` makes of both. Updates of either
    /// table update the result, at the later of the two times.
    ///
    /// Both topics must have the same number of partitions. The result keeps no versions (KIP-914), and has a store only
    /// if it is given one.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let names = builder.table::<String, String>("names");
    /// let cities = builder.table::<String, String>("cities");
    /// names.join(&cities, |name, city| format!("{name} of {city}")).to_stream().to("people");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut cities = driver.create_input_topic::<String, Option<String>>("cities");
    /// driver.create_input_topic::<String, String>("names").pipe_input("u1", "Anna")?;
    /// cities.pipe_input("u1", Some("Rome".to_owned()))?;
    /// cities.pipe_input("u1", Some("Oslo".to_owned()))?;
    /// cities.pipe_input("u1", None)?;
    /// let people = driver.create_output_topic::<String, Option<String>>("people").read_values_to_list()?;
    /// assert_eq!(people, [Some("Anna of Rome".to_owned()), Some("Anna of Oslo".to_owned()), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, &R) -> O + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.join_with(other, joiner, Named::none())
    }

    /// As [`KTable::join`], with a name, a store, or both.
    pub fn join_with<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, &R) -> O + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        self.join_keyed_with(other, move |_, left, right| joiner(left, right), params)
    }

    /// As [`KTable::join`], with a joiner that also sees the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stock = builder.table::<String, i64>("stock");
    /// let prices = builder.table::<String, i64>("prices");
    /// let joiner = |key: &String, pieces: &i64, cents: &i64| format!("{key}: {pieces} at {cents}");
    /// stock.join_keyed(&prices, joiner).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut stock = driver.create_input_topic::<String, i64>("stock");
    /// let mut prices = driver.create_input_topic::<String, i64>("prices");
    /// stock.pipe_input("tea", 5)?;
    /// prices.pipe_input("tea", 250)?;
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["tea: 5 at 250"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join_keyed<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&K, &L, &R) -> O + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.join_keyed_with(other, joiner, Named::none())
    }

    /// As [`KTable::join_keyed`], with a name, a store, or both.
    pub fn join_keyed_with<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&K, &L, &R) -> O + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        let joiner = move |key: &K, left: &L, right: &R| Ok::<_, BoxError>(joiner(key, left, right));
        self.try_join_keyed_with(other, joiner, params)
    }

    /// As [`KTable::join`], with a joiner that may fail: the processing exception handler decides about the update.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let totals = builder.table::<String, i64>("totals");
    /// let counts = builder.table::<String, i64>("counts");
    /// let mean = |total: &i64, count: &i64| total.checked_div(*count).ok_or("nothing was counted");
    /// totals.try_join(&counts, mean).to_stream_of_values().to("means");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut counts = driver.create_input_topic::<String, i64>("counts");
    /// driver.create_input_topic::<String, i64>("totals").pipe_input("a", 6)?;
    /// counts.pipe_input("a", 3)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("means").read_value()?, 2);
    /// assert!(counts.pipe_input("a", 0).is_err());
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_join<R: Data, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, &R) -> Result<O, E> + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.try_join_keyed_with(other, move |_, left, right| joiner(left, right), Named::none())
    }

    /// As [`KTable::join_keyed_with`], with a joiner that may fail.
    pub fn try_join_keyed_with<R: Data, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&K, &L, &R) -> Result<O, E> + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        self.join_tables(other, inner(joiner), TableJoinKind::Inner, params)
    }

    /// As [`KTable::join`], with all entries of the left table.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stock = builder.table::<String, i64>("stock");
    /// let sold = builder.table::<String, i64>("sold");
    /// stock.left_join(&sold, |stock, sold| stock - sold.unwrap_or(&0)).to_stream_of_values().to("left");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut sold = driver.create_input_topic::<String, i64>("sold");
    /// sold.pipe_input("rum", 1)?; // there was none
    /// driver.create_input_topic::<String, i64>("stock").pipe_input("tea", 9)?;
    /// sold.pipe_input("tea", 2)?;
    /// let left = driver.create_output_topic::<String, i64>("left").read_values_to_list()?;
    /// assert_eq!(left, [9, 7]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, Option<&R>) -> O + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.left_join_with(other, joiner, Named::none())
    }

    /// As [`KTable::left_join`], with a name, a store, or both.
    pub fn left_join_with<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, Option<&R>) -> O + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        self.left_join_keyed_with(other, move |_, left, right| joiner(left, right), params)
    }

    /// As [`KTable::left_join`], with a joiner that also sees the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stock = builder.table::<String, i64>("stock");
    /// let prices = builder.table::<String, i64>("prices");
    /// let joiner = |key: &String, pieces: &i64, cents: Option<&i64>| format!("{key}: {pieces} at {cents:?}");
    /// stock.left_join_keyed(&prices, joiner).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut stock = driver.create_input_topic::<String, i64>("stock");
    /// let mut prices = driver.create_input_topic::<String, i64>("prices");
    /// stock.pipe_input("tea", 5)?;
    /// prices.pipe_input("tea", 250)?;
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["tea: 5 at None", "tea: 5 at Some(250)"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join_keyed<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&K, &L, Option<&R>) -> O + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.left_join_keyed_with(other, joiner, Named::none())
    }

    /// As [`KTable::left_join_keyed`], with a name, a store, or both.
    pub fn left_join_keyed_with<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&K, &L, Option<&R>) -> O + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        let joiner = move |key: &K, left: &L, right: Option<&R>| Ok::<_, BoxError>(joiner(key, left, right));
        self.try_left_join_keyed_with(other, joiner, params)
    }

    /// As [`KTable::left_join`], with a joiner that may fail: the processing exception handler decides about the update.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stock = builder.table::<String, i64>("stock");
    /// let prices = builder.table::<String, i64>("prices");
    /// let joiner = |pieces: &i64, cents: Option<&i64>| match cents {
    ///     Some(cents) => pieces.checked_mul(*cents).map(|worth| worth.to_string()).ok_or("too much"),
    ///     None => Ok("not for sale".to_owned()),
    /// };
    /// stock.try_left_join(&prices, joiner).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut stock = driver.create_input_topic::<String, i64>("stock");
    /// let mut prices = driver.create_input_topic::<String, i64>("prices");
    /// stock.pipe_input("tea", 5)?;
    /// prices.pipe_input("tea", 250)?;
    /// assert!(prices.pipe_input("tea", i64::MAX).is_err());
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["not for sale", "1250"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_left_join<R: Data, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, Option<&R>) -> Result<O, E> + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.try_left_join_keyed_with(other, move |_, left, right| joiner(left, right), Named::none())
    }

    /// As [`KTable::left_join_keyed_with`], with a joiner that may fail.
    pub fn try_left_join_keyed_with<R: Data, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&K, &L, Option<&R>) -> Result<O, E> + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        self.join_tables(other, left(joiner), TableJoinKind::Left, params)
    }

    /// As [`KTable::join`], with all entries of both tables. At least one of the joiner's arguments is there.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let one = builder.table::<String, i64>("one");
    /// let other = builder.table::<String, i64>("other");
    /// one.outer_join(&other, |one, other| one.unwrap_or(&0) + other.unwrap_or(&0)).to_stream().to("sums");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut one = driver.create_input_topic::<String, Option<i64>>("one");
    /// let mut other = driver.create_input_topic::<String, Option<i64>>("other");
    /// other.pipe_input("a", Some(1))?;
    /// one.pipe_input("a", Some(2))?;
    /// other.pipe_input("a", None)?;
    /// one.pipe_input("a", None)?; // now neither side has anything
    /// let sums = driver.create_output_topic::<String, Option<i64>>("sums").read_values_to_list()?;
    /// assert_eq!(sums, [Some(1), Some(3), Some(2), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn outer_join<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(Option<&L>, Option<&R>) -> O + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.outer_join_with(other, joiner, Named::none())
    }

    /// As [`KTable::outer_join`], with a name, a store, or both.
    pub fn outer_join_with<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(Option<&L>, Option<&R>) -> O + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        self.outer_join_keyed_with(other, move |_, left, right| joiner(left, right), params)
    }

    /// As [`KTable::outer_join`], with a joiner that also sees the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stock = builder.table::<String, i64>("stock");
    /// let prices = builder.table::<String, i64>("prices");
    /// let joiner = |key: &String, pieces: Option<&i64>, cents: Option<&i64>| format!("{key}: {pieces:?} at {cents:?}");
    /// stock.outer_join_keyed(&prices, joiner).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut stock = driver.create_input_topic::<String, i64>("stock");
    /// let mut prices = driver.create_input_topic::<String, i64>("prices");
    /// stock.pipe_input("tea", 5)?;
    /// prices.pipe_input("tea", 250)?;
    /// prices.pipe_input("milk", 90)?;
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["tea: Some(5) at None", "tea: Some(5) at Some(250)", "milk: None at Some(90)"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn outer_join_keyed<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&K, Option<&L>, Option<&R>) -> O + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.outer_join_keyed_with(other, joiner, Named::none())
    }

    /// As [`KTable::outer_join_keyed`], with a name, a store, or both.
    pub fn outer_join_keyed_with<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&K, Option<&L>, Option<&R>) -> O + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        let joiner =
            move |key: &K, left: Option<&L>, right: Option<&R>| Ok::<_, BoxError>(joiner(key, left, right));
        self.try_outer_join_keyed_with(other, joiner, params)
    }

    /// As [`KTable::outer_join`], with a joiner that may fail: the processing exception handler decides about the update.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stock = builder.table::<String, i64>("stock");
    /// let prices = builder.table::<String, i64>("prices");
    /// let joiner = |pieces: Option<&i64>, cents: Option<&i64>| match (pieces, cents) {
    ///     (Some(pieces), Some(cents)) => pieces.checked_mul(*cents).map(|worth| worth.to_string()).ok_or("too much"),
    ///     _ => Ok("nothing to sell".to_owned()),
    /// };
    /// stock.try_outer_join(&prices, joiner).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut stock = driver.create_input_topic::<String, i64>("stock");
    /// let mut prices = driver.create_input_topic::<String, i64>("prices");
    /// stock.pipe_input("tea", 5)?;
    /// prices.pipe_input("tea", 250)?;
    /// assert!(prices.pipe_input("tea", i64::MAX).is_err());
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["nothing to sell", "1250"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_outer_join<R: Data, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(Option<&L>, Option<&R>) -> Result<O, E> + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.try_outer_join_keyed_with(other, move |_, left, right| joiner(left, right), Named::none())
    }

    /// As [`KTable::outer_join_keyed_with`], with a joiner that may fail.
    pub fn try_outer_join_keyed_with<R: Data, O: Data, E: Into<BoxError> + 'static>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&K, Option<&L>, Option<&R>) -> Result<O, E> + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        self.join_tables(other, outer(joiner), TableJoinKind::Outer, params)
    }
}
