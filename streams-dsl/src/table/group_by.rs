//! `group_by` on tables: entries by another key, to be aggregated.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{BoxError, DefaultSerde, Processor, ProcessorContext, Record, Serde};

use super::{Change, KTable};
use crate::graph::NewNode;
use crate::{Data, Grouped, KGroupedTable, prefixes};

impl<K: Data, V: Data> KTable<K, V> {
    /// The entries by the key, and with the value, that `f` makes of them, to be aggregated. Every update takes the old
    /// entry out of its group and puts the new one into its own. A null key or value leaves that half out.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// // How many pieces of each colour there are, by a table of things: (colour, pieces).
    /// let things = builder.table::<String, String>("in");
    /// let by_colour = things.group_by(|_, thing| {
    ///     let (colour, pieces) = thing.split_once(' ').unwrap_or((&thing, "0"));
    ///     (colour.to_owned(), pieces.parse::<i64>().unwrap_or(0))
    /// });
    /// let pieces = by_colour.reduce(|sum, pieces| sum + pieces, |sum, pieces| sum - pieces);
    /// pieces.to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input("pen", "red 5")?;
    /// input.pipe_input("cup", "red 2")?;
    /// input.pipe_input("pen", "blue 5")?;
    /// let expected = [("red", 5), ("red", 7), ("red", 2), ("blue", 5)].map(|(key, n)| (key.to_owned(), n));
    /// assert_eq!(output.read_key_values_to_list()?, expected);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn group_by<K2: Data + DefaultSerde + PartialEq, V2: Data + DefaultSerde>(
        &self,
        f: impl Fn(&K, V) -> (K2, V2) + Send + Sync + 'static,
    ) -> KGroupedTable<K2, V2> {
        self.group_by_with(f, Grouped::new())
    }

    /// As [`KTable::group_by`], with serdes, and a name for the repartition topic.
    pub fn group_by_with<K2: Data + PartialEq, V2: Data>(
        &self,
        f: impl Fn(&K, V) -> (K2, V2) + Send + Sync + 'static,
        grouped: Grouped<K2, V2>,
    ) -> KGroupedTable<K2, V2> {
        let name = self.graph.name(&grouped.named, prefixes::TABLE_SELECT);
        let key_serde = grouped.key_serde.resolve(None);
        let value_serde = grouped.value_serde.resolve(None);
        let (keys, values, f) = (key_serde.clone(), value_serde.clone(), Arc::new(f));
        let node = NewNode::new(Arc::clone(&name), move |to, at| {
            let (keys, values, f) = (keys.clone(), values.clone(), Arc::clone(&f));
            let latest_only = at.parents_versioned.contains(&true);
            let make = move || Select {
                keys: keys.clone(),
                values: values.clone(),
                select: Arc::clone(&f),
                latest_only,
            };
            to.topology.add_processor::<K, Change<V>, K2, Change<V2>>(
                Arc::clone(&at.name),
                make,
                at.parents.clone(),
            )?;
            Ok(())
        });
        let node = self.graph.add(&[self.node], node);
        self.enable_sending_old_values(true);
        KGroupedTable {
            graph: self.graph.clone(),
            node,
            named: grouped.named,
            key_serde,
            value_serde,
            shared: Rc::default(),
        }
    }
}

/// Makes of an update of the table updates of groups.
struct Select<F, K2, V2> {
    keys: Option<Serde<K2>>,
    values: Option<Serde<V2>>,
    select: Arc<F>,
    /// Updates out of order change nothing now: those of versioned tables are left out (KIP-914).
    latest_only: bool,
}

impl<F, K2, V2> Select<F, K2, V2> {
    fn pair<K, V>(&self, key: &K, value: Option<V>) -> Option<(K2, V2)>
    where
        K2: 'static,
        V2: 'static,
        F: Fn(&K, V) -> (K2, V2),
    {
        let (key, value) = (self.select)(key, value?);
        let null = self.keys.as_ref().is_some_and(|serde| serde.is_null(&key))
            || self.values.as_ref().is_some_and(|serde| serde.is_null(&value));
        (!null).then_some((key, value))
    }
}

impl<F, K, V, K2, V2> Processor<K, Change<V>, K2, Change<V2>> for Select<F, K2, V2>
where
    K: Data,
    V: Data,
    K2: Data + PartialEq,
    V2: Data,
    F: Fn(&K, V) -> (K2, V2) + Send + Sync,
{
    fn process(
        &mut self,
        record: Record<K, Change<V>>,
        ctx: &mut ProcessorContext<'_, K2, Change<V2>>,
    ) -> Result<(), BoxError> {
        let Record { key, value: Change { new, old, is_latest }, timestamp, headers } = record;
        if self.latest_only && !is_latest {
            return Ok(());
        }
        let (new, old) = (self.pair(&key, new), self.pair(&key, old));
        let mut forward = |key, new, old| {
            let value = Change { new, old, is_latest };
            ctx.forward(Record { key, value, timestamp, headers: headers.clone() })
        };
        match (new, old) {
            (Some((key, new)), Some((old_key, old))) if key == old_key => forward(key, Some(new), Some(old))?,
            (new, old) => {
                if let Some((key, old)) = old {
                    forward(key, None, Some(old))?;
                }
                if let Some((key, new)) = new {
                    forward(key, Some(new), None)?;
                }
            }
        }
        Ok(())
    }
}
