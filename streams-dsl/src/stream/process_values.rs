//! `process_values`: a user's processor that keeps the key.

use std::sync::Arc;

use streams_core::FixedKeyProcessorSupplier;

use super::{KStream, SharedFixedKeySupplier};
use crate::graph::{Changes, NewNode};
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Hands each record to a processor that cannot change the key, and the stream goes on with what it forwards.
    /// `stores` are names of stores that it may use. Nothing is repartitioned afterwards (KIP-820).
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// /// Numbers the records of each key.
    /// #[derive(Default)]
    /// struct Number {
    ///     counts: Option<StoreRef<KeyValueStore<String, i64>>>,
    /// }
    ///
    /// impl FixedKeyProcessor<String, String, String> for Number {
    ///     fn init(&mut self, ctx: &mut FixedKeyProcessorContext<'_, String, String>) -> Result<(), BoxError> {
    ///         self.counts = Some(ctx.store_ref("counts")?);
    ///         Ok(())
    ///     }
    ///
    ///     fn process(
    ///         &mut self,
    ///         record: FixedKeyRecord<String, String>,
    ///         ctx: &mut FixedKeyProcessorContext<'_, String, String>,
    ///     ) -> Result<(), BoxError> {
    ///         let counts = ctx.store(self.counts.as_ref().expect("made in init"))?;
    ///         let count = counts.get(record.key())?.unwrap_or(0) + 1;
    ///         counts.put(record.key(), &count)?;
    ///         let value = format!("{count}: {}", record.value);
    ///         Ok(ctx.forward(record.with_value(value))?)
    ///     }
    /// }
    ///
    /// builder.add_state_store(KeyValueStoreBuilder::<String, i64>::in_memory("counts"));
    /// builder.stream::<String, String>("in").process_values(Number::default, &["counts"]).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, String>("out");
    /// input.pipe_input("a", "x")?;
    /// input.pipe_input("a", "y")?;
    /// assert_eq!(output.read_values_to_list()?, ["1: x", "2: y"]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn process_values<V2: Data>(
        &self,
        supplier: impl FixedKeyProcessorSupplier<K, V, V2>,
        stores: &[&str],
    ) -> KStream<K, V2> {
        self.process_values_with(supplier, stores, Named::none())
    }

    /// As [`KStream::process_values`], with a name.
    pub fn process_values_with<V2: Data>(
        &self,
        supplier: impl FixedKeyProcessorSupplier<K, V, V2>,
        stores: &[&str],
        named: Named,
    ) -> KStream<K, V2> {
        let name = match named.name() {
            Some(name) => self.graph.checked(name),
            None => self.graph.generate(prefixes::PROCESS_VALUES),
        };
        let supplier = SharedFixedKeySupplier::new(supplier);
        let stores: Vec<String> = stores.iter().map(|store| (*store).to_owned()).collect();
        let node = NewNode::new(Arc::clone(&name), move |to, at| {
            to.topology.add_fixed_key_processor(
                Arc::clone(&at.name),
                supplier.clone(),
                at.parents.clone(),
            )?;
            if !stores.is_empty() {
                to.topology.connect_processor_and_state_stores(&at.name, &stores)?;
            }
            Ok(())
        });
        let changes = self.graph.changes_of_processors(Changes::Value);
        let node = self.graph.add(&[self.node], node.changing(changes));
        KStream { key_serde: self.key_serde.clone(), ..self.derived(node, name) }
    }
}
