//! `process`: a user's processor in the stream.

use std::sync::Arc;

use streams_core::ProcessorSupplier;

use super::{KStream, SharedSupplier};
use crate::graph::{Changes, NewNode};
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Hands each record to a processor, and the stream goes on with what it forwards. `stores` are names of stores that
    /// it may use. It may change the key, so whatever needs the key afterwards repartitions; use
    /// [`KStream::process_values`] where the key stays (KIP-820).
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// /// Forwards every record twice.
    /// struct Twice;
    ///
    /// impl Processor<String, i64, String, i64> for Twice {
    ///     fn process(
    ///         &mut self,
    ///         record: Record<String, i64>,
    ///         ctx: &mut ProcessorContext<'_, String, i64>,
    ///     ) -> Result<(), BoxError> {
    ///         ctx.forward(record.clone())?;
    ///         Ok(ctx.forward(record)?)
    ///     }
    /// }
    ///
    /// builder.stream::<String, i64>("in").process(|| Twice, &[]).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(output.read_values_to_list()?, [1, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn process<K2: Data, V2: Data>(
        &self,
        supplier: impl ProcessorSupplier<K, V, K2, V2>,
        stores: &[&str],
    ) -> KStream<K2, V2> {
        self.process_with(supplier, stores, Named::none())
    }

    /// As [`KStream::process`], with a name.
    pub fn process_with<K2: Data, V2: Data>(
        &self,
        supplier: impl ProcessorSupplier<K, V, K2, V2>,
        stores: &[&str],
        named: Named,
    ) -> KStream<K2, V2> {
        let name = match named.name() {
            Some(name) => self.graph.checked(name),
            None => self.graph.generate(prefixes::PROCESS),
        };
        let supplier = SharedSupplier::new(supplier);
        let stores: Vec<String> = stores.iter().map(|store| (*store).to_owned()).collect();
        let node = NewNode::new(Arc::clone(&name), move |to, at| {
            to.topology.add_processor(Arc::clone(&at.name), supplier.clone(), at.parents.clone())?;
            if !stores.is_empty() {
                to.topology.connect_processor_and_state_stores(&at.name, &stores)?;
            }
            Ok(())
        });
        let changes = self.graph.changes_of_processors(Changes::KeyAndValue);
        let node = self.graph.add(&[self.node], node.changing(changes));
        KStream { repartition_required: true, ..self.derived(node, name) }
    }
}
