//! `merge`: the records of two streams in one.

use std::rc::Rc;
use std::sync::Arc;

use super::{KStream, passing};
use crate::graph::Role;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// The records of both streams. Each stream keeps its order; how they interleave is not defined.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let (left, right) = (builder.stream::<String, i64>("left"), builder.stream::<String, i64>("right"));
    /// left.merge(&right).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut left = driver.create_input_topic::<String, i64>("left");
    /// let mut right = driver.create_input_topic::<String, i64>("right");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// left.pipe_input("a", 1)?;
    /// right.pipe_input("b", 2)?;
    /// assert_eq!(output.read_values_to_list()?, [1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn merge(&self, other: &Self) -> Self {
        self.merge_with(other, Named::none())
    }

    /// As [`KStream::merge`], with a name.
    pub fn merge_with(&self, other: &Self, named: Named) -> Self {
        let name = self.graph.name(&named, prefixes::MERGE);
        let node = passing::<K, V>(Arc::clone(&name)).role(Role::Merge);
        let node = self.graph.add(&[self.node, other.node], node);
        let merged = self.derived(node, name);
        Self {
            sources: Rc::new(self.sources.union(&other.sources).cloned().collect()),
            repartition_required: self.repartition_required || other.repartition_required,
            ..merged
        }
    }
}
