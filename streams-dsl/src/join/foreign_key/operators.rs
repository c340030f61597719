//! `join_foreign_key`, `left_join_foreign_key`: two tables by foreign key.

use streams_core::{BoxError, DefaultSerde};

use super::names::Names;
use super::node::{ForeignKeyJoin, result_table};
use super::serdes::FkSerdes;
use crate::join::JoinResult;
use crate::store::StoreSpec;
use crate::table::TableSource;
use crate::{Data, KTable, Materialized, TableJoined, prefixes};

impl<K: Data, L: Data> KTable<K, L> {
    /// The entries of this table, each with the entry of another table whose key `extractor` makes of its value, as the
    /// value that `joiner` makes of both. `extractor` returns `None` for entries that refer to nothing. Updates of either
    /// table update the result, at the later of the two times (KIP-213).
    ///
    /// The tables need not have the same number of partitions: two internal topics carry foreign keys to the other table's
    /// partitions and answers back.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.table::<String, String>("orders"); // "customer:item"
    /// let customers = builder.table::<String, String>("customers");
    /// let customer_of = |order: &String| order.split_once(':').map(|(customer, _)| customer.to_owned());
    /// orders
    ///     .join_foreign_key(&customers, customer_of, |order, name| format!("{order} for {name}"))
    ///     .to_stream()
    ///     .to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut customers = driver.create_input_topic::<String, String>("customers");
    /// customers.pipe_input("c1", "Anna")?;
    /// driver.create_input_topic::<String, String>("orders").pipe_input("o1", "c1:tea")?;
    /// customers.pipe_input("c1", "Anne")?; // updates all her orders
    /// let out = driver.create_output_topic::<String, Option<String>>("out").read_values_to_list()?;
    /// assert_eq!(out, [Some("c1:tea for Anna".to_owned()), Some("c1:tea for Anne".to_owned())]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join_foreign_key<KO, R, O>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, &R) -> O + Send + Sync + 'static,
    ) -> KTable<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
        KO: Data + DefaultSerde,
        R: Data + DefaultSerde,
        O: Data + DefaultSerde,
    {
        self.join_foreign_key_keyed(other, move |_, value| extractor(value), joiner)
    }

    /// As [`KTable::join_foreign_key`], with name, partitioners and the result's store.
    pub fn join_foreign_key_with<KO: Data, R: Data, O: Data>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, &R) -> O + Send + Sync + 'static,
        joined: TableJoined<K, KO>,
        materialized: Materialized<K, O>,
    ) -> KTable<K, O> {
        self.join_foreign_key_keyed_with(
            other,
            move |_, value| extractor(value),
            joiner,
            joined,
            materialized,
        )
    }

    /// As [`KTable::join_foreign_key`], with an extractor that also sees the key (KIP-1104).
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.table::<String, String>("orders"); // by "customer:number"
    /// let customers = builder.table::<String, String>("customers");
    /// let customer_of = |key: &String, _: &String| key.split_once(':').map(|(customer, _)| customer.to_owned());
    /// let joined = orders.join_foreign_key_keyed(&customers, customer_of, |item, name| format!("{item} for {name}"));
    /// joined.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// driver.create_input_topic::<String, String>("customers").pipe_input("c1", "Anna")?;
    /// orders.pipe_input("c1:1", "tea")?;
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["tea for Anna"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join_foreign_key_keyed<KO, R, O>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&K, &L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, &R) -> O + Send + Sync + 'static,
    ) -> KTable<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
        KO: Data + DefaultSerde,
        R: Data + DefaultSerde,
        O: Data + DefaultSerde,
    {
        let left = self.with_default_serdes();
        let other = other.with_default_serdes();
        left.join_foreign_key_keyed_with(
            &other,
            extractor,
            joiner,
            TableJoined::new(),
            Materialized::of_values(),
        )
    }

    /// As [`KTable::join_foreign_key_keyed`], with name, partitioners and the result's store.
    pub fn join_foreign_key_keyed_with<KO: Data, R: Data, O: Data>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&K, &L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, &R) -> O + Send + Sync + 'static,
        joined: TableJoined<K, KO>,
        materialized: Materialized<K, O>,
    ) -> KTable<K, O> {
        let joiner = move |left: &L, right: &R| Ok::<_, BoxError>(joiner(left, right));
        self.try_join_foreign_key_keyed_with(other, extractor, joiner, joined, materialized)
    }

    /// As [`KTable::join_foreign_key_keyed_with`], with a joiner that may fail: the processing exception handler decides
    /// about the update.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.table::<String, String>("orders"); // by "customer:number"
    /// let customers = builder.table::<String, String>("customers");
    /// let customer_of = |key: &String, _: &String| key.split_once(':').map(|(customer, _)| customer.to_owned());
    /// let joiner = |item: &String, name: &String| match &**item {
    ///     "" => Err("an order of nothing"),
    ///     item => Ok(format!("{item} for {name}")),
    /// };
    /// let (named, stored) = (TableJoined::as_("addressed"), Materialized::as_("addressed-orders"));
    /// let joined = orders.try_join_foreign_key_keyed_with(&customers, customer_of, joiner, named, stored);
    /// joined.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// driver.create_input_topic::<String, String>("customers").pipe_input("c1", "Anna")?;
    /// orders.pipe_input("c1:1", "tea")?;
    /// assert!(orders.pipe_input("c1:2", "").is_err());
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["tea for Anna"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_join_foreign_key_keyed_with<KO: Data, R: Data, O: Data, E: Into<BoxError>>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&K, &L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, &R) -> Result<O, E> + Send + Sync + 'static,
        joined: TableJoined<K, KO>,
        materialized: Materialized<K, O>,
    ) -> KTable<K, O> {
        let joiner = move |left: &L, right: Option<&R>| match right {
            Some(right) => joiner(left, right).map(Some).map_err(Into::into),
            None => Ok(None),
        };
        self.join_by_foreign_key(other, extractor, joiner, joined, false, materialized)
    }

    /// As [`KTable::join_foreign_key`], with all entries of this table: those that refer to nothing, or to an entry that is
    /// not there, are joined with `None`.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.table::<String, String>("orders"); // "customer:item"
    /// let customers = builder.table::<String, String>("customers");
    /// let customer_of = |order: &String| order.split_once(':').map(|(customer, _)| customer.to_owned());
    /// orders
    ///     .left_join_foreign_key(&customers, customer_of, |order, name| format!("{order} for {name:?}"))
    ///     .to_stream_of_values()
    ///     .to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// orders.pipe_input("o1", "of nobody")?;
    /// orders.pipe_input("o1", "c1:tea")?; // of somebody who is not known yet
    /// driver.create_input_topic::<String, String>("customers").pipe_input("c1", "Anna")?;
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["of nobody for None", "c1:tea for None", "c1:tea for Some(\"Anna\")"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join_foreign_key<KO, R, O>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, Option<&R>) -> O + Send + Sync + 'static,
    ) -> KTable<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
        KO: Data + DefaultSerde,
        R: Data + DefaultSerde,
        O: Data + DefaultSerde,
    {
        self.left_join_foreign_key_keyed(other, move |_, value| extractor(value), joiner)
    }

    /// As [`KTable::left_join_foreign_key`], with name, partitioners and the result's store.
    pub fn left_join_foreign_key_with<KO: Data, R: Data, O: Data>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, Option<&R>) -> O + Send + Sync + 'static,
        joined: TableJoined<K, KO>,
        materialized: Materialized<K, O>,
    ) -> KTable<K, O> {
        self.left_join_foreign_key_keyed_with(
            other,
            move |_, value| extractor(value),
            joiner,
            joined,
            materialized,
        )
    }

    /// As [`KTable::left_join_foreign_key`], with an extractor that also sees the key (KIP-1104).
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.table::<String, String>("orders"); // by "customer:number"
    /// let customers = builder.table::<String, String>("customers");
    /// let customer_of = |key: &String, _: &String| key.split_once(':').map(|(customer, _)| customer.to_owned());
    /// let joiner = |item: &String, name: Option<&String>| format!("{item} for {name:?}");
    /// orders.left_join_foreign_key_keyed(&customers, customer_of, joiner).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// driver.create_input_topic::<String, String>("customers").pipe_input("c1", "Anna")?;
    /// orders.pipe_input("c1:1", "tea")?;
    /// orders.pipe_input("1", "milk")?;
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["tea for Some(\"Anna\")", "milk for None"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join_foreign_key_keyed<KO, R, O>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&K, &L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, Option<&R>) -> O + Send + Sync + 'static,
    ) -> KTable<K, O>
    where
        K: DefaultSerde,
        L: DefaultSerde,
        KO: Data + DefaultSerde,
        R: Data + DefaultSerde,
        O: Data + DefaultSerde,
    {
        let left = self.with_default_serdes();
        let other = other.with_default_serdes();
        left.left_join_foreign_key_keyed_with(
            &other,
            extractor,
            joiner,
            TableJoined::new(),
            Materialized::of_values(),
        )
    }

    /// As [`KTable::left_join_foreign_key_keyed`], with name, partitioners and the result's store.
    pub fn left_join_foreign_key_keyed_with<KO: Data, R: Data, O: Data>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&K, &L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, Option<&R>) -> O + Send + Sync + 'static,
        joined: TableJoined<K, KO>,
        materialized: Materialized<K, O>,
    ) -> KTable<K, O> {
        let joiner = move |left: &L, right: Option<&R>| Ok::<_, BoxError>(joiner(left, right));
        self.try_left_join_foreign_key_keyed_with(other, extractor, joiner, joined, materialized)
    }

    /// As [`KTable::left_join_foreign_key_keyed_with`], with a joiner that may fail: the processing exception handler decides
    /// about the update.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.table::<String, String>("orders"); // by "customer:number"
    /// let customers = builder.table::<String, String>("customers");
    /// let customer_of = |key: &String, _: &String| key.split_once(':').map(|(customer, _)| customer.to_owned());
    /// let joiner = |item: &String, name: Option<&String>| match name {
    ///     Some(name) => Ok(format!("{item} for {name}")),
    ///     None => Err("an order of nobody"),
    /// };
    /// let (named, stored) = (TableJoined::as_("addressed"), Materialized::as_("addressed-orders"));
    /// let joined = orders.try_left_join_foreign_key_keyed_with(&customers, customer_of, joiner, named, stored);
    /// joined.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut orders = driver.create_input_topic::<String, String>("orders");
    /// driver.create_input_topic::<String, String>("customers").pipe_input("c1", "Anna")?;
    /// orders.pipe_input("c1:1", "tea")?;
    /// assert!(orders.pipe_input("c9:1", "milk").is_err());
    /// let out = driver.create_output_topic::<String, String>("out").read_values_to_list()?;
    /// assert_eq!(out, ["tea for Anna"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_left_join_foreign_key_keyed_with<KO: Data, R: Data, O: Data, E: Into<BoxError>>(
        &self,
        other: &KTable<KO, R>,
        extractor: impl Fn(&K, &L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, Option<&R>) -> Result<O, E> + Send + Sync + 'static,
        joined: TableJoined<K, KO>,
        materialized: Materialized<K, O>,
    ) -> KTable<K, O> {
        let joiner = move |left: &L, right: Option<&R>| joiner(left, right).map(Some).map_err(Into::into);
        self.join_by_foreign_key(other, extractor, joiner, joined, true, materialized)
    }

    fn join_by_foreign_key<KO: Data, R: Data, O: Data>(
        &self,
        right: &KTable<KO, R>,
        extractor: impl Fn(&K, &L) -> Option<KO> + Send + Sync + 'static,
        joiner: impl Fn(&L, Option<&R>) -> JoinResult<O> + Send + Sync + 'static,
        joined: TableJoined<K, KO>,
        left_join: bool,
        materialized: Materialized<K, O>,
    ) -> KTable<K, O> {
        right.enable_sending_old_values(true);
        self.enable_sending_old_values(true);
        let names = Names::new(&self.graph, &joined.named);
        let serdes = FkSerdes {
            keys: self.key_serde.clone().or_else(|| materialized.key_serde.resolve(None)),
            values: self.value_serde.clone(),
            foreign_keys: right.key_serde.clone(),
            foreign_values: right.value_serde.clone(),
        };
        let Some(serdes) = self.graph.check(serdes.complete(&names.result)) else {
            let spec = StoreSpec::new(&self.graph, materialized, prefixes::FK_OUTPUT, (None, None));
            return result_table(self, self.node, TableSource::new(spec), &names, (*self.sources).clone());
        };
        let join = ForeignKeyJoin { left: self, right, serdes, joined, left_join, names };
        join.add(extractor, joiner, materialized)
    }

    /// The same table, with the types' default serdes where it knows none: for the `_with` forms of joins by foreign key
    /// and of [`KTable::suppress_with`] on tables that were not materialized.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    ///
    /// let builder = StreamsBuilder::new();
    /// let teams = builder.table::<String, String>("teams");
    /// let upper = builder.table::<String, String>("people").map_values(|team| team.to_uppercase());
    /// let joined = upper.with_default_serdes().join_foreign_key_with(
    ///     &teams,
    ///     |team| Some(team.clone()),
    ///     |team, name| format!("{team}: {name}"),
    ///     TableJoined::as_("members"),
    ///     Materialized::as_("members"),
    /// );
    /// joined.to_stream().to("out");
    /// builder.build()?;
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_default_serdes(&self) -> Self
    where
        K: DefaultSerde,
        L: DefaultSerde,
    {
        let mut table = self.clone();
        table.key_serde.get_or_insert_with(K::default_serde);
        table.value_serde.get_or_insert_with(L::default_serde);
        table
    }
}
