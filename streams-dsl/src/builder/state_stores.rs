//! `add_state_store`, `add_global_store`: stores for a user's processors.

use std::sync::Arc;

use streams_core::{IntoStoreBuilder, ProcessorSupplier, Source};

use super::StreamsBuilder;
use crate::graph::{NewNode, ROOT};
use crate::stream::{SharedSupplier, missing_serde};
use crate::{Consumed, Data};

impl StreamsBuilder {
    /// Adds a state store that processors may then name.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// /// Numbers the records of each key.
    /// #[derive(Default)]
    /// struct Number {
    ///     seen: Option<StoreRef<KeyValueStore<String, i64>>>,
    /// }
    ///
    /// impl Processor<String, String, String, i64> for Number {
    ///     fn init(&mut self, ctx: &mut ProcessorContext<'_, String, i64>) -> Result<(), BoxError> {
    ///         self.seen = Some(ctx.store_ref("seen")?);
    ///         Ok(())
    ///     }
    ///
    ///     fn process(
    ///         &mut self,
    ///         record: Record<String, String>,
    ///         ctx: &mut ProcessorContext<'_, String, i64>,
    ///     ) -> Result<(), BoxError> {
    ///         let seen = ctx.store(self.seen.as_ref().expect("made in init"))?;
    ///         let number = seen.get(&record.key)?.unwrap_or(0) + 1;
    ///         seen.put(&record.key, &number)?;
    ///         Ok(ctx.forward(record.with_value(number))?)
    ///     }
    /// }
    ///
    /// builder.add_state_store(KeyValueStoreBuilder::<String, i64>::in_memory("seen"));
    /// builder.stream::<String, String>("in").process(Number::default, &["seen"]).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// for key in ["a", "b", "a"] {
    ///     input.pipe_input(key, "x")?;
    /// }
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [1, 1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn add_state_store(&self, builder: impl IntoStoreBuilder) -> &Self {
        let builder = builder.into_store_builder();
        let node = NewNode::new(builder.name().into(), move |to, _| {
            to.topology.add_state_store(Arc::clone(&builder), [""; 0])?;
            Ok(())
        });
        self.graph.add(&[ROOT], node);
        self
    }

    /// Adds a store that every instance fills from all partitions of `topic`, and that every processor may read without
    /// being connected to it. `supplier`'s processor keeps it up to date, also while it is restored. The builder must
    /// have logging disabled.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// /// Keeps the prices.
    /// #[derive(Default)]
    /// struct Keep {
    ///     prices: Option<StoreRef<KeyValueStore<String, i64>>>,
    /// }
    ///
    /// impl Processor<String, i64, (), ()> for Keep {
    ///     fn init(&mut self, ctx: &mut ProcessorContext<'_, (), ()>) -> Result<(), BoxError> {
    ///         self.prices = Some(ctx.store_ref("prices")?);
    ///         Ok(())
    ///     }
    ///
    ///     fn process(
    ///         &mut self,
    ///         record: Record<String, i64>,
    ///         ctx: &mut ProcessorContext<'_, (), ()>,
    ///     ) -> Result<(), BoxError> {
    ///         let prices = ctx.store(self.prices.as_ref().expect("made in init"))?;
    ///         Ok(prices.put(&record.key, &record.value)?)
    ///     }
    /// }
    ///
    /// let store = KeyValueStoreBuilder::<String, i64>::in_memory("prices").with_logging_disabled();
    /// builder.add_global_store(store, "prices", Consumed::new(), Keep::default);
    /// builder.stream::<String, i64>("in").to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut prices = driver.create_input_topic::<String, i64>("prices");
    /// prices.pipe_input("pen", 3)?;
    /// let stored = driver.key_value_store::<String, i64>("prices")?.get(&"pen".to_owned())?;
    /// assert_eq!(stored, Some(3));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn add_global_store<K: Data, V: Data>(
        &self,
        builder: impl IntoStoreBuilder,
        topic: impl Into<Arc<str>>,
        consumed: Consumed<K, V>,
        supplier: impl ProcessorSupplier<K, V, (), ()>,
    ) -> &Self {
        let (builder, topic) = (builder.into_store_builder(), topic.into());
        let (source_name, processor_name) = self.table_names(&consumed.named);
        let Some((keys, values)) = consumed.serdes() else {
            self.graph.fail(missing_serde::<(K, V)>("records", &source_name));
            return self;
        };
        let extractor = consumed.extractor;
        let supplier = SharedSupplier::new(supplier);
        let node = NewNode::new(Arc::clone(&processor_name), move |to, at| {
            let name = Arc::clone(&source_name);
            let mut source = Source::with_serdes(name, [Arc::clone(&topic)], keys.clone(), values.clone());
            if let Some(extractor) = &extractor {
                source = source.with_shared_timestamp_extractor(Arc::clone(extractor));
            }
            let (builder, supplier) = (Arc::clone(&builder), supplier.clone());
            to.topology.add_global_store(builder, source, Arc::clone(&at.name), supplier)?;
            Ok(())
        });
        self.graph.add(&[ROOT], node);
        self
    }
}
