//! `to_table`: a stream's records as updates of a table.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::DefaultSerde;

use super::KStream;
use crate::graph::{NewNode, RepartitionSpec};
use crate::params::{Materialized, Named, StoredParams};
use crate::store::StoreSpec;
use crate::table::{IntoUpdate, TableSource, add_table_processor};
use crate::{Data, KTable, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// The records as updates of a table (KIP-523). Null keys are dropped, null values delete. A stream of `Option<T>`
    /// makes a table of `T`; say so where the compiler cannot know: `stream.to_table::<Order>()`.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let orders = builder.stream::<String, Option<i64>>("in").to_table::<i64>();
    /// orders.to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, Option<i64>>("in");
    /// let mut output = driver.create_output_topic::<String, Option<i64>>("out");
    /// input.pipe_input("a", Some(1))?;
    /// input.pipe_input("a", None)?;
    /// assert_eq!(output.read_values_to_list()?, [Some(1), None]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to_table<T: Data + DefaultSerde>(&self) -> KTable<K, T>
    where
        K: DefaultSerde,
        V: IntoUpdate<T>,
    {
        self.to_table_with((Named::none(), Materialized::new()))
    }

    /// As [`KStream::to_table`], with a name, a store, or both.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let latest = builder.stream::<String, i64>("in").to_table_with::<i64>(Materialized::as_("latest"));
    /// assert_eq!(latest.queryable_store_name(), Some("latest"));
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, i64>("in").pipe_input("a", 1)?;
    /// let mut latest = driver.timestamped_key_value_store::<String, i64>("latest")?;
    /// assert_eq!(latest.get(&"a".to_owned())?.map(|found| found.value), Some(1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to_table_with<T: Data>(&self, params: impl StoredParams<K, T>) -> KTable<K, T>
    where
        V: IntoUpdate<T>,
    {
        let (named, materialized) = params.into_parts();
        let versioned = materialized.is_versioned();
        let name = self.graph.name(&named, prefixes::TO_TABLE);
        let spec =
            StoreSpec::new(&self.graph, materialized, prefixes::TO_TABLE, (self.key_serde.as_ref(), None));
        let parent = if self.repartition_required {
            let names = self.graph.repartition_names(&name);
            let (keys, table_values) = spec.serdes.clone().unzip();
            let values = self.value_serde.clone().or_else(|| table_values.as_ref().map(V::serde_of));
            match self.repartition_spec(&names, keys, values) {
                Some(spec) => {
                    let generated_name = named.name().is_none();
                    self.through(names, RepartitionSpec { generated_name, ..spec })
                }
                None => self.clone(),
            }
        } else {
            self.clone()
        };
        let table = TableSource::new(spec);
        let written = table.clone();
        let node = NewNode::new(Arc::clone(&name), move |to, at| {
            written.note_generated(to);
            add_table_processor::<K, T, V>(&written, to, at, at.parents.clone(), None)
        });
        let node = self.graph.add(&[parent.node], node.output_versioned(Some(versioned)));
        let (sources, spec) = (Rc::clone(&parent.sources), Rc::clone(&table.spec));
        KTable::stored(&self.graph, (node, sources), name, &spec, |keys| keys, table)
    }
}
