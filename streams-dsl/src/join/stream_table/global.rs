//! `join_global_table`, `left_join_global_table`: a stream with the current values of a global table.

use std::marker::PhantomData;

use streams_core::{BoxError, DefaultSerde, Error};

use super::join_key::SelectedKey;
use super::joining::Join;
use crate::join::JoinResult;
use crate::{Data, GlobalKTable, Joined, KStream, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Each record with the value that a global table has for the key that `key_selector` makes of it, as the value that
    /// `joiner` makes of both. Records that find none, and those with a null key or a null value, are dropped. The stream
    /// is not repartitioned, and no order is kept between the stream and the table's updates.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let cities = builder.global_table::<i64, String>("cities");
    /// builder
    ///     .stream::<String, i64>("zips")
    ///     .join_global_table(&cities, |_, zip| *zip, |zip, city| format!("{zip} {city}"))
    ///     .to("labels");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<i64, String>("cities").pipe_input(10_115, "Berlin")?;
    /// let mut zips = driver.create_input_topic::<String, i64>("zips");
    /// zips.pipe_input("anna", 10_115)?;
    /// zips.pipe_input("bert", 1)?; // there is no such city
    /// let labels = driver.create_output_topic::<String, String>("labels").read_key_values_to_list()?;
    /// assert_eq!(labels, [("anna".to_owned(), "10115 Berlin".to_owned())]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join_global_table<KT: Data, VT: Data, O: Data>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&V, &VT) -> O + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.join_global_table_with(table, key_selector, joiner, Joined::new())
    }

    /// As [`KStream::join_global_table`], with name and serdes.
    pub fn join_global_table_with<KT: Data, VT: Data, O: Data>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&V, &VT) -> O + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        self.join_global_table_keyed_with(
            table,
            key_selector,
            move |_, value, found| joiner(value, found),
            joined,
        )
    }

    /// As [`KStream::join_global_table`], with a joiner that also sees the key of the stream's record.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let prices = builder.global_table::<String, i64>("prices");
    /// let orders = builder.stream::<String, String>("orders"); // by customer: product
    /// let product = |_: &String, product: &String| product.clone();
    /// let joiner = |user: &String, product: &String, cents: &i64| format!("{user}: {product} for {cents}");
    /// orders.join_global_table_keyed(&prices, product, joiner).to("bills");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// driver.create_input_topic::<String, i64>("prices").pipe_input("tea", 250)?;
    /// orders.pipe_input("anna", "tea")?;
    /// let bills = driver.create_output_topic::<String, String>("bills").read_values_to_list()?;
    /// assert_eq!(bills, ["anna: tea for 250"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join_global_table_keyed<KT: Data, VT: Data, O: Data>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&K, &V, &VT) -> O + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.join_global_table_keyed_with(table, key_selector, joiner, Joined::new())
    }

    /// As [`KStream::join_global_table_keyed`], with name and serdes.
    pub fn join_global_table_keyed_with<KT: Data, VT: Data, O: Data>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&K, &V, &VT) -> O + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        let joiner = move |key: &K, value: &V, found: &VT| Ok::<_, BoxError>(joiner(key, value, found));
        self.try_join_global_table_keyed_with(table, key_selector, joiner, joined)
    }

    /// As [`KStream::join_global_table`], with a joiner that may fail: the processing exception handler decides about the record.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let prices = builder.global_table::<String, i64>("prices");
    /// let orders = builder.stream::<String, String>("orders"); // by customer: product
    /// let product = |_: &String, product: &String| product.clone();
    /// let joiner = |product: &String, cents: &i64| match cents {
    ///     0 => Err("nothing is free"),
    ///     cents => Ok(format!("{product} for {cents}")),
    /// };
    /// orders.try_join_global_table(&prices, product, joiner).to("bills");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// driver.create_input_topic::<String, i64>("prices").pipe_input("tea", 250)?;
    /// orders.pipe_input("anna", "tea")?;
    /// driver.create_input_topic::<String, i64>("prices").pipe_input("tea", 0)?;
    /// assert!(orders.pipe_input("ben", "tea").is_err());
    /// let bills = driver.create_output_topic::<String, String>("bills").read_values_to_list()?;
    /// assert_eq!(bills, ["tea for 250"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_join_global_table<KT: Data, VT: Data, O: Data, E: Into<BoxError>>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&V, &VT) -> Result<O, E> + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        let joiner = move |_: &K, value: &V, found: &VT| joiner(value, found);
        self.try_join_global_table_keyed_with(table, key_selector, joiner, Joined::new())
    }

    /// As [`KStream::join_global_table_keyed_with`], with a joiner that may fail.
    pub fn try_join_global_table_keyed_with<KT: Data, VT: Data, O: Data, E: Into<BoxError>>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&K, &V, &VT) -> Result<O, E> + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        let joiner = move |key: &K, value: &V, found: Option<&VT>| match found {
            Some(found) => joiner(key, value, found).map(Some).map_err(Into::into),
            None => Ok(None),
        };
        self.join_with_global_table(table, key_selector, joiner, false, &joined)
    }

    /// As [`KStream::join_global_table`], and records that find no value come out with `None`; also those whose key is
    /// null.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let rates = builder.global_table::<String, i64>("rates");
    /// builder
    ///     .stream::<String, String>("payments") // "amount currency"
    ///     .left_join_global_table(
    ///         &rates,
    ///         |_, payment| payment.split(' ').nth(1).unwrap_or_default().to_owned(),
    ///         |payment, rate| format!("{payment} at {rate:?}"),
    ///     )
    ///     .to("rated");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, i64>("rates").pipe_input("EUR", 108)?;
    /// let mut payments = driver.create_input_topic::<String, String>("payments");
    /// payments.pipe_input("anna", "5 EUR")?;
    /// payments.pipe_input("anna", "7 CHF")?;
    /// let rated = driver.create_output_topic::<String, String>("rated").read_values_to_list()?;
    /// assert_eq!(rated, ["5 EUR at Some(108)", "7 CHF at None"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join_global_table<KT: Data, VT: Data, O: Data>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&V, Option<&VT>) -> O + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.left_join_global_table_with(table, key_selector, joiner, Joined::new())
    }

    /// As [`KStream::left_join_global_table`], with name and serdes.
    pub fn left_join_global_table_with<KT: Data, VT: Data, O: Data>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&V, Option<&VT>) -> O + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        self.left_join_global_table_keyed_with(
            table,
            key_selector,
            move |_, value, found| joiner(value, found),
            joined,
        )
    }

    /// As [`KStream::left_join_global_table`], with a joiner that also sees the key of the stream's record.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let prices = builder.global_table::<String, i64>("prices");
    /// let orders = builder.stream::<String, String>("orders"); // by customer: product
    /// let product = |_: &String, product: &String| product.clone();
    /// let joiner = |user: &String, product: &String, cents: Option<&i64>| format!("{user}: {product} for {cents:?}");
    /// orders.left_join_global_table_keyed(&prices, product, joiner).to("bills");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// driver.create_input_topic::<String, i64>("prices").pipe_input("tea", 250)?;
    /// orders.pipe_input("anna", "tea")?;
    /// orders.pipe_input("ben", "gold")?;
    /// let bills = driver.create_output_topic::<String, String>("bills").read_values_to_list()?;
    /// assert_eq!(bills, ["anna: tea for Some(250)", "ben: gold for None"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join_global_table_keyed<KT: Data, VT: Data, O: Data>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&K, &V, Option<&VT>) -> O + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.left_join_global_table_keyed_with(table, key_selector, joiner, Joined::new())
    }

    /// As [`KStream::left_join_global_table_keyed`], with name and serdes.
    pub fn left_join_global_table_keyed_with<KT: Data, VT: Data, O: Data>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&K, &V, Option<&VT>) -> O + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        let joiner =
            move |key: &K, value: &V, found: Option<&VT>| Ok::<_, BoxError>(joiner(key, value, found));
        self.try_left_join_global_table_keyed_with(table, key_selector, joiner, joined)
    }

    /// As [`KStream::left_join_global_table`], with a joiner that may fail: the processing exception handler decides about the record.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let prices = builder.global_table::<String, i64>("prices");
    /// let orders = builder.stream::<String, String>("orders"); // by customer: product
    /// let product = |_: &String, product: &String| product.clone();
    /// let joiner = |product: &String, cents: Option<&i64>| match cents {
    ///     Some(cents) => Ok(format!("{product} for {cents}")),
    ///     None => Err("this is not sold"),
    /// };
    /// orders.try_left_join_global_table(&prices, product, joiner).to("bills");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// driver.create_input_topic::<String, i64>("prices").pipe_input("tea", 250)?;
    /// orders.pipe_input("anna", "tea")?;
    /// assert!(orders.pipe_input("ben", "gold").is_err());
    /// let bills = driver.create_output_topic::<String, String>("bills").read_values_to_list()?;
    /// assert_eq!(bills, ["tea for 250"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_left_join_global_table<KT: Data, VT: Data, O: Data, E: Into<BoxError>>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&V, Option<&VT>) -> Result<O, E> + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        let joiner = move |_: &K, value: &V, found: Option<&VT>| joiner(value, found);
        self.try_left_join_global_table_keyed_with(table, key_selector, joiner, Joined::new())
    }

    /// As [`KStream::left_join_global_table_keyed_with`], with a joiner that may fail.
    pub fn try_left_join_global_table_keyed_with<KT: Data, VT: Data, O: Data, E: Into<BoxError>>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&K, &V, Option<&VT>) -> Result<O, E> + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        let joiner = move |key: &K, value: &V, found: Option<&VT>| {
            joiner(key, value, found).map(Some).map_err(Into::into)
        };
        self.join_with_global_table(table, key_selector, joiner, true, &joined)
    }

    fn join_with_global_table<KT: Data, VT: Data, O: Data>(
        &self,
        table: &GlobalKTable<KT, VT>,
        key_selector: impl Fn(&K, &V) -> KT + Send + Sync + 'static,
        joiner: impl Fn(&K, &V, Option<&VT>) -> JoinResult<O> + Send + Sync + 'static,
        left: bool,
        joined: &Joined<K, V>,
    ) -> KStream<K, O> {
        // Kafka numbers inner joins with this prefix as well.
        let name = self.graph.name(&joined.named, prefixes::LEFT_JOIN);
        if joined.grace.is_some() {
            self.graph.fail(Error::argument(format!(
                "join `{name}` with a global table cannot have a grace period: global tables know no time"
            )));
        }
        let join = Join {
            table: std::sync::Arc::clone(&table.getter),
            join_key: SelectedKey(key_selector),
            joiner,
            left,
            table_keys: table.key_serde.clone(),
            values: joined.value_serde.resolve(self.value_serde.as_ref()),
            buffer: None,
            keys: PhantomData,
        };
        self.add_table_join(name, join, false, None)
    }
}
