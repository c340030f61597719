//! `repartition`: an explicit repartition topic; and those that operators need.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{DefaultSerde, RepartitionOptions, Serde};

use super::KStream;
use crate::graph::{RepartitionNames, RepartitionSpec, repartition_node};
use crate::{Data, Repartitioned, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Sends the records through a topic of the application's own, partitioned by their key. Records with a null key are
    /// dropped.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let by_number = builder.stream::<String, i64>("in").select_key(|_, n| *n);
    /// by_number.repartition_with(Repartitioned::as_("numbers")).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<i64, i64>("out");
    /// input.pipe_input("a", 7)?;
    /// assert_eq!(output.read_key_value()?, (7, 7));
    /// assert!(driver.produced_topic_names()?.contains("test-numbers-repartition"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn repartition(&self) -> Self
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        self.repartition_with(Repartitioned::new())
    }

    /// As [`KStream::repartition`], with name, serdes, number of partitions or partitioner (KIP-221).
    pub fn repartition_with(&self, repartitioned: Repartitioned<K, V>) -> Self {
        let prefix = match repartitioned.named.name() {
            Some(name) => self.graph.checked(name),
            None => self.graph.generate(prefixes::REPARTITION),
        };
        let names = self.graph.repartition_names(&prefix);
        let key_serde = repartitioned.key_serde.resolve(self.key_serde.as_ref());
        let value_serde = repartitioned.value_serde.resolve(self.value_serde.as_ref());
        let Some(spec) = self.repartition_spec(&names, key_serde, value_serde) else { return self.clone() };
        self.through(
            names,
            RepartitionSpec {
                partitioner: repartitioned.partitioner,
                options: RepartitionOptions { partitions: repartitioned.partitions },
                mergeable: false,
                generated_name: repartitioned.named.name().is_none(),
                ..spec
            },
        )
    }

    /// A repartition topic as operators make them of their own accord. Without serdes the build fails.
    pub(crate) fn repartition_spec(
        &self,
        names: &RepartitionNames,
        key_serde: Option<Serde<K>>,
        value_serde: Option<Serde<V>>,
    ) -> Option<RepartitionSpec<K, V>> {
        let key_serde = self.required(key_serde, "keys", &names.source);
        let value_serde = self.required(value_serde, "values", &names.source);
        Some(RepartitionSpec {
            key_serde: key_serde?,
            value_serde: value_serde?,
            partitioner: None,
            options: RepartitionOptions::default(),
            mergeable: true,
            generated_name: true,
        })
    }

    /// The stream behind a repartition topic.
    pub(crate) fn through(&self, names: RepartitionNames, spec: RepartitionSpec<K, V>) -> Self {
        let source = Arc::clone(&names.source);
        let (key_serde, value_serde) = (spec.key_serde.clone(), spec.value_serde.clone());
        let node = self.graph.add(&[self.node], repartition_node(names, spec));
        Self {
            sources: Rc::new([Arc::clone(&source)].into()),
            repartition_required: false,
            key_serde: Some(key_serde),
            value_serde: Some(value_serde),
            ..self.derived(node, source)
        }
    }
}
