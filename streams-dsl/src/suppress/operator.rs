//! `suppress`: updates of a table that wait for later ones.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{
    DefaultSerde, Error, GeneratedName, Result, Serde, StoreBuilder, SuppressionBufferBuilder,
};

use super::processor::{Limits, Suppressing};
use super::view::SuppressedView;
use crate::graph::{NewNode, Role};
use crate::params::Wait;
use crate::table::TableView;
use crate::{Change, Data, KTable, Suppressed, prefixes};

impl<K: Data, V: Data> KTable<K, V> {
    /// Holds updates back: those of a key replace each other until the last one is emitted. See [`Suppressed`] for when that
    /// is.
    ///
    /// What is held back survives a restart, but does not count for interactive queries: they see the table above. Tables
    /// that keep versions cannot be suppressed (KIP-914).
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder
    ///     .stream::<String, String>("in")
    ///     .group_by_key()
    ///     .windowed_by(TimeWindows::of_size_with_no_grace(Duration::from_secs(60)))
    ///     .count()
    ///     .suppress(Suppressed::until_window_closes(BufferConfig::unbounded()))
    ///     .to_stream_of_values()
    ///     .map(|window, count| (window.key, count))
    ///     .to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, i64>("out");
    /// input.pipe_input_at("a", "x", 0)?;
    /// input.pipe_input_at("a", "y", 59_999)?;
    /// assert!(output.is_empty()?);
    /// input.pipe_input_at("b", "z", 60_000)?; // closes the first window
    /// assert_eq!(output.read_key_values_to_list()?, [("a".to_owned(), 2)]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn suppress(&self, suppressed: Suppressed<K>) -> Self
    where
        K: DefaultSerde,
        V: DefaultSerde,
    {
        let mut table = self.clone();
        table.key_serde.get_or_insert_with(K::default_serde);
        table.value_serde.get_or_insert_with(V::default_serde);
        table.suppress_with(suppressed)
    }

    /// As [`KTable::suppress`], for types without a default serde: the table must know its serdes, so materialize it with
    /// some.
    pub fn suppress_with(&self, suppressed: Suppressed<K>) -> Self {
        let Suppressed { wait, buffer, named } = suppressed;
        let (name, store) = match named.name() {
            Some(name) => (self.graph.checked(name), format!("{name}-store").into()),
            None => {
                let name = self.graph.generate(prefixes::SUPPRESS);
                (name, self.graph.generate(&format!("{}{}", prefixes::SUPPRESS, prefixes::STATE_STORE)))
            }
        };
        let wait_ms = self.graph.check(self.wait_ms(&wait, &name)).unwrap_or_default();
        let limits = Limits::new(wait, wait_ms, &buffer);
        // The buffer must know what was last seen downstream.
        self.enable_sending_old_values(true);
        let view = SuppressedView { parent: Rc::clone(&self.view), store: Arc::clone(&store) };
        let builder = match self.graph.check(self.serdes_of_buffer(&name)) {
            Some((keys, values)) => {
                let builder = SuppressionBufferBuilder::new(&*store, keys, values);
                let builder = match buffer.logging.clone() {
                    Some(config) => builder.with_logging_enabled(config),
                    None => builder.with_logging_disabled(),
                };
                Some(Arc::new(builder) as Arc<dyn StoreBuilder>)
            }
            None => None,
        };
        let (generated, logged) = (named.name().is_none(), buffer.logging.is_some());
        let node = NewNode::new(Arc::clone(&name), move |to, at| {
            let Some(builder) = builder.clone() else { return Ok(()) };
            let (limits, store_name) = (limits.clone(), Arc::clone(&store));
            let make = move || Suppressing::<K, V>::new(limits.clone(), &store_name);
            to.topology.add_processor::<K, Change<V>, K, Change<V>>(
                Arc::clone(&at.name),
                make,
                at.parents.clone(),
            )?;
            if generated {
                to.topology.note_generated_name(GeneratedName::StateStore, &*store);
                if logged {
                    to.topology.note_generated_name(GeneratedName::Changelog, &*store);
                }
            }
            to.topology.add_state_store(builder, [&*at.name])?;
            Ok(())
        });
        let node = node.role(Role::Suppress).output_versioned(Some(false));
        Self {
            node: self.graph.add(&[self.node], node),
            name,
            queryable: None,
            // Kafka forgets here which topics the table comes from, so that joins below ask for no equal number of
            // partitions; the groups of topics are to be the same.
            sources: Rc::new([Arc::clone(&self.name)].into()),
            view: Rc::new(view) as Rc<dyn TableView<K, V>>,
            ..self.clone()
        }
    }

    /// How long updates wait from their time on, in milliseconds.
    fn wait_ms(&self, wait: &Wait<K>, name: &str) -> Result<i64> {
        match wait {
            Wait::For(time) => Ok(i64::try_from(time.as_millis()).unwrap_or(i64::MAX)),
            Wait::UntilWindowCloses(_) => self.graph.closes_after_ms(self.node).ok_or_else(|| {
                Error::topology(format!(
                    "`{name}` waits for windows to close, and there is no windowed aggregation above it: use \
                     `Suppressed::until_time_limit`"
                ))
            }),
        }
    }

    fn serdes_of_buffer(&self, name: &str) -> Result<(Serde<K>, Serde<V>)> {
        self.key_serde.clone().zip(self.value_serde.clone()).ok_or_else(|| {
            Error::topology(format!(
                "`{name}` needs serdes for keys of type `{}` and values of type `{}`: materialize the table with some, or \
                 implement `DefaultSerde` and use `suppress`",
                std::any::type_name::<K>(),
                std::any::type_name::<V>()
            ))
        })
    }
}
