//! `join_table`, `left_join_table`: a stream with the current values of a table.

use std::marker::PhantomData;
use std::rc::Rc;

use streams_core::{BoxError, DefaultSerde};

use super::join_key::OwnKey;
use super::joining::Join;
use super::node::Grace;
use crate::join::JoinResult;
use crate::{Data, Joined, KStream, KTable, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Each record with the value that the table has for its key, as the value that `joiner` makes of both. Records that
    /// find none, and those with a null key or a null value, are dropped. Only the stream triggers results; their time is
    /// the record's.
    ///
    /// Both topics must have the same number of partitions; a stream whose key was changed is repartitioned first.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let users = builder.table::<String, String>("users");
    /// let clicks = builder.stream::<String, String>("clicks");
    /// clicks.join_table(&users, |page, name| format!("{name} saw {page}")).to("log");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut clicks = driver.create_input_topic::<String, String>("clicks");
    /// clicks.pipe_input("u1", "home")?; // nobody is known yet
    /// driver.create_input_topic::<String, String>("users").pipe_input("u1", "Anna")?;
    /// clicks.pipe_input("u1", "news")?;
    /// let log = driver.create_output_topic::<String, String>("log").read_values_to_list()?;
    /// assert_eq!(log, ["Anna saw news"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join_table<VT: Data, O: Data>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&V, &VT) -> O + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.join_table_with(table, joiner, Joined::new())
    }

    /// As [`KStream::join_table`], with name, grace period and serdes.
    pub fn join_table_with<VT: Data, O: Data>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&V, &VT) -> O + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        self.join_table_keyed_with(table, move |_, value, found| joiner(value, found), joined)
    }

    /// As [`KStream::join_table`], with a joiner that also sees the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let users = builder.table::<String, String>("users");
    /// let clicks = builder.stream::<String, String>("clicks");
    /// clicks.join_table_keyed(&users, |id, page, name| format!("{id}, {name}: {page}")).to("log");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut clicks = driver.create_input_topic::<String, String>("clicks");
    /// driver.create_input_topic::<String, String>("users").pipe_input("u1", "Anna")?;
    /// clicks.pipe_input("u1", "home")?;
    /// let log = driver.create_output_topic::<String, String>("log").read_values_to_list()?;
    /// assert_eq!(log, ["u1, Anna: home"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn join_table_keyed<VT: Data, O: Data>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&K, &V, &VT) -> O + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.join_table_keyed_with(table, joiner, Joined::new())
    }

    /// As [`KStream::join_table_keyed`], with name, grace period and serdes.
    pub fn join_table_keyed_with<VT: Data, O: Data>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&K, &V, &VT) -> O + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        let joiner = move |key: &K, value: &V, found: &VT| Ok::<_, BoxError>(joiner(key, value, found));
        self.try_join_table_keyed_with(table, joiner, joined)
    }

    /// As [`KStream::join_table`], with a joiner that may fail: the processing exception handler decides about the record.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let users = builder.table::<String, String>("users");
    /// let clicks = builder.stream::<String, String>("clicks");
    /// let joiner = |page: &String, name: &String| match &**page {
    ///     "" => Err("a click on nothing"),
    ///     page => Ok(format!("{name}: {page}")),
    /// };
    /// clicks.try_join_table(&users, joiner).to("log");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut clicks = driver.create_input_topic::<String, String>("clicks");
    /// driver.create_input_topic::<String, String>("users").pipe_input("u1", "Anna")?;
    /// clicks.pipe_input("u1", "home")?;
    /// assert!(clicks.pipe_input("u1", "").is_err());
    /// let log = driver.create_output_topic::<String, String>("log").read_values_to_list()?;
    /// assert_eq!(log, ["Anna: home"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_join_table<VT: Data, O: Data, E: Into<BoxError>>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&V, &VT) -> Result<O, E> + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        let joiner = move |_: &K, value: &V, found: &VT| joiner(value, found);
        self.try_join_table_keyed_with(table, joiner, Joined::new())
    }

    /// As [`KStream::join_table_keyed_with`], with a joiner that may fail.
    pub fn try_join_table_keyed_with<VT: Data, O: Data, E: Into<BoxError>>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&K, &V, &VT) -> Result<O, E> + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        let joiner = move |key: &K, value: &V, found: Option<&VT>| match found {
            Some(found) => joiner(key, value, found).map(Some).map_err(Into::into),
            None => Ok(None),
        };
        self.join_with_table(table, joiner, false, &joined)
    }

    /// As [`KStream::join_table`], and records that find no value come out with `None`; also those with a null key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let users = builder.table::<String, String>("users");
    /// let name = |name: Option<&String>| name.cloned().unwrap_or_else(|| "somebody".to_owned());
    /// builder
    ///     .stream::<String, String>("clicks")
    ///     .left_join_table(&users, move |page, user| format!("{} saw {page}", name(user)))
    ///     .to("log");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut clicks = driver.create_input_topic::<String, String>("clicks");
    /// clicks.pipe_input("u1", "home")?;
    /// driver.create_input_topic::<String, String>("users").pipe_input("u1", "Anna")?;
    /// clicks.pipe_input("u1", "news")?;
    /// let log = driver.create_output_topic::<String, String>("log").read_values_to_list()?;
    /// assert_eq!(log, ["somebody saw home", "Anna saw news"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join_table<VT: Data, O: Data>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&V, Option<&VT>) -> O + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.left_join_table_with(table, joiner, Joined::new())
    }

    /// As [`KStream::left_join_table`], with name, grace period and serdes.
    pub fn left_join_table_with<VT: Data, O: Data>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&V, Option<&VT>) -> O + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        self.left_join_table_keyed_with(table, move |_, value, found| joiner(value, found), joined)
    }

    /// As [`KStream::left_join_table`], with a joiner that also sees the key.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let users = builder.table::<String, String>("users");
    /// let clicks = builder.stream::<String, String>("clicks");
    /// clicks.left_join_table_keyed(&users, |id, page, name| format!("{id}, {name:?}: {page}")).to("log");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut clicks = driver.create_input_topic::<String, String>("clicks");
    /// driver.create_input_topic::<String, String>("users").pipe_input("u1", "Anna")?;
    /// clicks.pipe_input("u1", "home")?;
    /// clicks.pipe_input("u2", "news")?;
    /// let log = driver.create_output_topic::<String, String>("log").read_values_to_list()?;
    /// assert_eq!(log, ["u1, Some(\"Anna\"): home", "u2, None: news"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn left_join_table_keyed<VT: Data, O: Data>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&K, &V, Option<&VT>) -> O + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.left_join_table_keyed_with(table, joiner, Joined::new())
    }

    /// As [`KStream::left_join_table_keyed`], with name, grace period and serdes.
    pub fn left_join_table_keyed_with<VT: Data, O: Data>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&K, &V, Option<&VT>) -> O + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        let joiner =
            move |key: &K, value: &V, found: Option<&VT>| Ok::<_, BoxError>(joiner(key, value, found));
        self.try_left_join_table_keyed_with(table, joiner, joined)
    }

    /// As [`KStream::left_join_table`], with a joiner that may fail: the processing exception handler decides about the record.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let users = builder.table::<String, String>("users");
    /// let clicks = builder.stream::<String, String>("clicks");
    /// let joiner = |page: &String, name: Option<&String>| match name {
    ///     Some(name) => Ok(format!("{name}: {page}")),
    ///     None => Err("nobody clicked"),
    /// };
    /// clicks.try_left_join_table(&users, joiner).to("log");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut clicks = driver.create_input_topic::<String, String>("clicks");
    /// driver.create_input_topic::<String, String>("users").pipe_input("u1", "Anna")?;
    /// clicks.pipe_input("u1", "home")?;
    /// assert!(clicks.pipe_input("u2", "home").is_err());
    /// let log = driver.create_output_topic::<String, String>("log").read_values_to_list()?;
    /// assert_eq!(log, ["Anna: home"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn try_left_join_table<VT: Data, O: Data, E: Into<BoxError>>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&V, Option<&VT>) -> Result<O, E> + Send + Sync + 'static,
    ) -> KStream<K, O>
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        let joiner = move |_: &K, value: &V, found: Option<&VT>| joiner(value, found);
        self.try_left_join_table_keyed_with(table, joiner, Joined::new())
    }

    /// As [`KStream::left_join_table_keyed_with`], with a joiner that may fail.
    pub fn try_left_join_table_keyed_with<VT: Data, O: Data, E: Into<BoxError>>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&K, &V, Option<&VT>) -> Result<O, E> + Send + Sync + 'static,
        joined: Joined<K, V>,
    ) -> KStream<K, O> {
        let joiner = move |key: &K, value: &V, found: Option<&VT>| {
            joiner(key, value, found).map(Some).map_err(Into::into)
        };
        self.join_with_table(table, joiner, true, &joined)
    }

    fn join_with_table<VT: Data, O: Data>(
        &self,
        table: &KTable<K, VT>,
        joiner: impl Fn(&K, &V, Option<&VT>) -> JoinResult<O> + Send + Sync + 'static,
        left: bool,
        joined: &Joined<K, V>,
    ) -> KStream<K, O> {
        let key_serde = joined.key_serde.resolve(self.key_serde.as_ref());
        let value_serde = joined.value_serde.resolve(self.value_serde.as_ref());
        let stream = self.repartitioned_for_join(joined.named.name(), key_serde.clone(), value_serde.clone());
        let sources = Rc::new(stream.sources.union(&table.sources).cloned().collect());
        self.graph.copartition(Rc::clone(&sources));
        let name = self.graph.name(&joined.named, if left { prefixes::LEFT_JOIN } else { prefixes::JOIN });
        let grace = joined.grace.and_then(|period| {
            let key_serde = self.required(key_serde.clone(), "keys", &name);
            let value_serde = self.required(value_serde.clone(), "values", &name);
            let grace = Grace {
                period,
                key_serde: key_serde?,
                value_serde: value_serde?,
                history_ms: table.view.history_retention_ms(),
            };
            self.graph.check(grace.check(&name))?;
            Some(grace)
        });
        let join = Join {
            table: table.getter(),
            join_key: OwnKey,
            joiner,
            left,
            table_keys: key_serde.clone().or_else(|| table.key_serde.clone()),
            values: value_serde,
            buffer: None,
            keys: PhantomData,
        };
        let result = stream.add_table_join(name, join, true, grace);
        KStream { sources, key_serde, ..result }
    }
}
