//! `table`, `global_table`: topics as tables.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{DefaultSerde, Error, OptionSerde, Result, Serde, Source};

use super::StreamsBuilder;
use crate::graph::{NewNode, ROOT};
use crate::params::{Materialized, Named};
use crate::store::StoreSpec;
use crate::table::{GlobalTableProcessor, TableSource, add_table_processor};
use crate::{Consumed, Data, GlobalKTable, KTable, prefixes};

impl StreamsBuilder {
    /// The records of a topic as updates of a table; null values delete, null keys are dropped.
    ///
    /// The table has a store only if something needs it.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let prices = builder.table::<String, i64>("in");
    /// prices.filter(|_, price| *price > 10).to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, Option<i64>>("in");
    /// let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    /// input.pipe_input("apple", 20)?;
    /// input.pipe_input("apple", 5)?;
    /// assert_eq!(output.read_values_to_list()?, [Some(20), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn table<K: Data + DefaultSerde, V: Data + DefaultSerde>(
        &self,
        topic: impl Into<Arc<str>>,
    ) -> KTable<K, V> {
        self.table_with(topic, Consumed::new(), Materialized::inherited())
    }

    /// As [`StreamsBuilder::table`], with how the topic is read, and with the table's store.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stored = Materialized::as_("prices-store").with_store_type(DslStoreKind::InMemory);
    /// builder.table_with::<String, i64>("prices", Consumed::as_("prices-source"), stored);
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, i64>("prices").pipe_input("tea", 250)?;
    /// let mut store = driver.timestamped_key_value_store::<String, i64>("prices-store")?;
    /// assert_eq!(store.get(&"tea".to_owned())?.map(|price| price.value), Some(250));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn table_with<K: Data, V: Data>(
        &self,
        topic: impl Into<Arc<str>>,
        consumed: Consumed<K, V>,
        materialized: Materialized<K, V>,
    ) -> KTable<K, V> {
        let topic = topic.into();
        let versioned = materialized.is_versioned();
        let spec = self.table_spec(&topic, &consumed, materialized);
        let (source_name, name) = self.table_names(&consumed.named);
        self.check_extractor(&consumed, &name);
        let table = TableSource::new(spec);
        let written = table.clone();
        let source = Arc::clone(&source_name);
        let node = NewNode::new(Arc::clone(&name), move |to, at| {
            let from = table_source(&source, &topic, &consumed, &written.spec)?;
            to.add_source(&source, from)?;
            let reused = to.settings.optimizations.reuse_ktable_source_topics.then_some(&topic);
            let parents = vec![Arc::clone(&source)];
            written.note_generated(to);
            add_table_processor::<K, V, Option<V>>(&written, to, at, parents, reused)
        });
        let node = self.graph.add(&[ROOT], node.output_versioned(Some(versioned)));
        let (sources, spec) = (Rc::new([Arc::clone(&source_name)].into()), Rc::clone(&table.spec));
        KTable::stored(&self.graph, (node, sources), name, &spec, |keys| keys, table)
    }

    /// The records of a topic as updates of a table of which every instance has all partitions.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let cities = builder.global_table::<String, String>("cities");
    /// builder
    ///     .stream::<String, String>("zips")
    ///     .join_global_table(&cities, |_, zip| zip.clone(), |_, city| city.clone())
    ///     .to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("cities").pipe_input("10115", "Berlin")?;
    /// driver.create_input_topic::<String, String>("zips").pipe_input("anna", "10115")?;
    /// assert_eq!(driver.create_output_topic::<String, String>("out").read_value()?, "Berlin");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn global_table<K: Data + DefaultSerde, V: Data + DefaultSerde>(
        &self,
        topic: impl Into<Arc<str>>,
    ) -> GlobalKTable<K, V> {
        self.global_table_with(topic, Consumed::new(), Materialized::inherited())
    }

    /// As [`StreamsBuilder::global_table`], with how the topic is read, and with the table's store. A store of which
    /// something is said must have a name, as in Kafka Streams.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stored = Materialized::as_("prices-store");
    /// builder.global_table_with::<String, i64>("prices", Consumed::new(), stored);
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, i64>("prices").pipe_input("tea", 250)?;
    /// let mut store = driver.timestamped_key_value_store::<String, i64>("prices-store")?;
    /// assert_eq!(store.get(&"tea".to_owned())?.map(|price| price.value), Some(250));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn global_table_with<K: Data, V: Data>(
        &self,
        topic: impl Into<Arc<str>>,
        consumed: Consumed<K, V>,
        materialized: Materialized<K, V>,
    ) -> GlobalKTable<K, V> {
        let topic = topic.into();
        if materialized.is_versioned() {
            self.graph.fail(Error::topology(format!(
                "the global table of topic `{topic}` cannot have a versioned store"
            )));
        }
        if materialized.store_name().is_none() && !materialized.is_inherited() {
            self.graph.fail(Error::argument(format!(
                "the store of the global table of topic `{topic}` needs a name: `Materialized::as_`, or \
                 `Materialized::inherited` for one that is made up"
            )));
        }
        let spec = self.table_spec(&topic, &consumed, materialized.with_caching_disabled());
        let (source_name, name) = self.table_names(&consumed.named);
        self.check_extractor(&consumed, &name);
        let table = GlobalKTable::new(
            Arc::clone(&spec.name),
            spec.queryable,
            spec.serdes.as_ref().map(|(keys, _)| keys.clone()),
        );
        let node = NewNode::new(name, move |to, at| {
            let from = table_source(&source_name, &topic, &consumed, &spec)?;
            let (key_serde, _) = spec.serdes()?;
            let builder = spec.key_value_builder(spec.form(to), false)?;
            spec.note_generated(to, false);
            let store = Arc::clone(&spec.name);
            let make = move || GlobalTableProcessor::<K, V> {
                key_serde: key_serde.clone(),
                name: Arc::clone(&store),
                store: None,
            };
            to.topology.add_global_store(builder, from, Arc::clone(&at.name), make)?;
            Ok(())
        });
        self.graph.add(&[ROOT], node);
        table
    }

    fn table_spec<K: Data, V: Data>(
        &self,
        topic: &str,
        consumed: &Consumed<K, V>,
        materialized: Materialized<K, V>,
    ) -> StoreSpec<K, V> {
        let (keys, values) = consumed.serdes().unzip();
        StoreSpec::new(&self.graph, materialized, &format!("{topic}-"), (keys.as_ref(), values.as_ref()))
    }

    /// The names of a table's source and of its processor.
    pub(super) fn table_names(&self, named: &Named) -> (Arc<str>, Arc<str>) {
        let source = self.graph.suffixed_name(named, "-source", prefixes::SOURCE);
        (source, self.graph.name(named, prefixes::TABLE_SOURCE))
    }

    fn check_extractor<K: 'static, V: 'static>(&self, consumed: &Consumed<K, V>, table: &str) {
        if consumed.extractor.is_some() {
            self.graph.fail(Error::argument(format!(
                "`{table}` reads tombstones too: use `Consumed::with_table_timestamp_extractor` for tables"
            )));
        }
    }
}

/// The source of a table: values are nullable.
fn table_source<K: Data, V: Data>(
    name: &Arc<str>,
    topic: &Arc<str>,
    consumed: &Consumed<K, V>,
    spec: &StoreSpec<K, V>,
) -> Result<Source<K, Option<V>>> {
    let (keys, values) = match consumed.serdes() {
        Some(serdes) => serdes,
        None => spec.serdes()?,
    };
    let values = Serde::new(OptionSerde::new(values));
    let mut source = Source::with_serdes(Arc::clone(name), [Arc::clone(topic)], keys, values);
    if let Some(extractor) = &consumed.table_extractor {
        source = source.with_shared_timestamp_extractor(Arc::clone(extractor));
    }
    if let Some(reset) = consumed.reset {
        source = source.with_offset_reset(reset);
    }
    Ok(source)
}
