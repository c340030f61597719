//! The topology that is being built: state stores.

use std::sync::Arc;

use super::builder::{Topology, processor_spec};
use super::node_spec::NodeKind;
use super::plan::SourceTopics;
use super::source::Source;
use crate::error::{Error, Result};
use crate::processor::ProcessorSupplier;
use crate::store::StoreBuilder;

/// What may be given where a store builder is asked for: a builder, or a shared one.
pub trait IntoStoreBuilder {
    /// The builder, shared.
    fn into_store_builder(self) -> Arc<dyn StoreBuilder>;
}

impl<B: StoreBuilder> IntoStoreBuilder for B {
    fn into_store_builder(self) -> Arc<dyn StoreBuilder> {
        Arc::new(self)
    }
}

impl IntoStoreBuilder for Arc<dyn StoreBuilder> {
    fn into_store_builder(self) -> Arc<dyn StoreBuilder> {
        self
    }
}

impl<B: StoreBuilder> IntoStoreBuilder for Arc<B> {
    fn into_store_builder(self) -> Arc<dyn StoreBuilder> {
        self
    }
}

/// A local store.
#[derive(Debug, Clone)]
pub(super) struct StoreEntry {
    pub(super) name: Arc<str>,
    pub(super) builder: Arc<dyn StoreBuilder>,
    /// The processors that are connected to it.
    pub(super) users: Vec<usize>,
    /// The source topic that serves as changelog.
    pub(super) source_topic: Option<Arc<str>>,
}

/// A global store.
#[derive(Debug, Clone)]
pub(super) struct GlobalStoreEntry {
    pub(super) name: Arc<str>,
    pub(super) builder: Arc<dyn StoreBuilder>,
    pub(super) topic: Arc<str>,
}

impl Topology {
    /// Adds a state store and connects it to processors.
    ///
    /// The same builder (one `Arc`) may be added again, to connect more processors.
    ///
    /// # Errors
    /// [`ErrorKind::Topology`](crate::ErrorKind::Topology): another store has that name, or a processor is unknown or
    /// no processor.
    pub fn add_state_store(
        &mut self,
        builder: impl IntoStoreBuilder,
        processors: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<&mut Self> {
        let builder = builder.into_store_builder();
        let name: Arc<str> = builder.name().into();
        match self.stores.iter().find(|store| store.name == name) {
            Some(store) if std::ptr::addr_eq(Arc::as_ptr(&store.builder), Arc::as_ptr(&builder)) => {}
            Some(_) => return Err(other_store(&name)),
            None if self.is_global_store(&name) => return Err(other_store(&name)),
            None => {
                let name = Arc::clone(&name);
                self.stores.push(StoreEntry { name, builder, users: Vec::new(), source_topic: None });
            }
        }
        for processor in processors {
            self.connect(processor.as_ref(), &name)?;
        }
        Ok(self)
    }

    /// Adds a store that every instance fills from all partitions of a topic, and that every processor may read
    /// without being connected to it. `supplier`'s processor keeps it up to date; it forwards nothing. The time of records
    /// is the topic's: as in Kafka, no timestamp extractor is asked.
    ///
    /// # Errors
    /// [`ErrorKind::Topology`](crate::ErrorKind::Topology): the builder has logging enabled, the source does not read
    /// exactly one topic, another source reads it, or one of the names is taken.
    pub fn add_global_store<K, V>(
        &mut self,
        builder: impl IntoStoreBuilder,
        source: Source<K, V>,
        processor: impl Into<Arc<str>>,
        supplier: impl ProcessorSupplier<K, V, (), ()>,
    ) -> Result<&mut Self>
    where
        K: Clone + Send + 'static,
        V: Clone + Send + 'static,
    {
        let (builder, processor) = (builder.into_store_builder(), processor.into());
        let name: Arc<str> = builder.name().into();
        if builder.logging_enabled() {
            return Err(Error::topology(format!(
                "the global store `{name}` must have logging disabled: it is restored from its topic"
            )));
        }
        if self.stores.iter().any(|store| store.name == name) || self.is_global_store(&name) {
            return Err(other_store(&name));
        }
        let source = source.without_timestamp_extractor();
        let topic = self.add_store_source(source, &processor, &name, true)?;
        let source_name = Arc::clone(&self.nodes[self.nodes.len() - 1].name);
        let mut spec = processor_spec(processor, supplier, vec![source_name]);
        if let NodeKind::Processor { stores } = &mut spec.kind {
            stores.insert(Arc::clone(&name));
        }
        self.push(spec)?;
        self.global_stores.push(GlobalStoreEntry { name, builder, topic });
        Ok(self)
    }

    /// Adds a store that is filled from a topic, task by task, and restored from that topic, which serves as its
    /// changelog. `supplier`'s processor keeps it up to date; others may read it (KIP-813).
    ///
    /// # Errors
    /// As [`Topology::add_source`] and [`Topology::add_state_store`]; and the source must read exactly one topic.
    pub fn add_read_only_state_store<K, V>(
        &mut self,
        builder: impl IntoStoreBuilder,
        source: Source<K, V>,
        processor: impl Into<Arc<str>>,
        supplier: impl ProcessorSupplier<K, V, (), ()>,
    ) -> Result<&mut Self>
    where
        K: Clone + Send + 'static,
        V: Clone + Send + 'static,
    {
        let (builder, processor) = (builder.into_store_builder(), processor.into());
        let name: Arc<str> = builder.name().into();
        let topic = self.add_store_source(source, &processor, &name, false)?;
        let source_name = Arc::clone(&self.nodes[self.nodes.len() - 1].name);
        self.push(processor_spec(Arc::clone(&processor), supplier, vec![source_name]))?;
        self.add_state_store(builder, [&*processor])?;
        self.connect_store_to_source_topic(&name, topic)
    }

    /// Adds the source of a store and returns its topic.
    fn add_store_source<K, V>(
        &mut self,
        source: Source<K, V>,
        processor: &str,
        store: &str,
        global: bool,
    ) -> Result<Arc<str>>
    where
        K: Clone + Send + 'static,
        V: Clone + Send + 'static,
    {
        if &*source.name == processor {
            return Err(Error::topology(format!(
                "the source and the processor of store `{store}` cannot both be called `{processor}`"
            )));
        }
        self.check_new_name(processor)?;
        self.check_source(&source.name, &source.topics)?;
        let topic = match &source.topics {
            SourceTopics::Names(topics) if topics.len() == 1 => Arc::clone(&topics[0]),
            _ => {
                return Err(Error::topology(format!(
                    "the source `{}` of store `{store}` must read exactly one topic",
                    source.name
                )));
            }
        };
        self.push(source.into_spec(global))?;
        Ok(topic)
    }

    /// Gives a processor access to stores that are in the topology already. Processors that share a store belong to
    /// one sub-topology.
    ///
    /// # Errors
    /// [`ErrorKind::Topology`](crate::ErrorKind::Topology): the processor or a store is unknown, the node is no
    /// processor, or a store is global (those are open to all).
    pub fn connect_processor_and_state_stores(
        &mut self,
        processor: &str,
        stores: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<&mut Self> {
        let mut none = true;
        for store in stores {
            self.connect(processor, store.as_ref())?;
            none = false;
        }
        if none {
            return Err(Error::topology(format!("no state store to connect processor `{processor}` to")));
        }
        Ok(self)
    }

    /// For the DSL: `topic`, which a source of this topology reads, serves as the store's changelog. The store is
    /// restored from it and writes nothing to it.
    ///
    /// # Errors
    /// [`ErrorKind::Topology`](crate::ErrorKind::Topology): the store is unknown or has such a topic already.
    pub fn connect_store_to_source_topic(
        &mut self,
        store: &str,
        topic: impl Into<Arc<str>>,
    ) -> Result<&mut Self> {
        let entry =
            self.stores.iter_mut().find(|entry| &*entry.name == store).ok_or_else(|| unknown_store(store))?;
        if let Some(other) = &entry.source_topic {
            return Err(Error::topology(format!("store `{store}` already has the source topic `{other}`")));
        }
        entry.source_topic = Some(topic.into());
        Ok(self)
    }

    fn connect(&mut self, processor: &str, store: &str) -> Result<()> {
        if self.is_global_store(store) {
            return Err(Error::topology(format!(
                "the global store `{store}` is open to all processors: do not connect it to `{processor}`"
            )));
        }
        let entry =
            self.stores.iter_mut().find(|entry| &*entry.name == store).ok_or_else(|| unknown_store(store))?;
        let node = *self.by_name.get(processor).ok_or_else(|| {
            Error::topology(format!("processor `{processor}` is unknown: add it before its stores"))
        })?;
        let NodeKind::Processor { stores } = &mut self.nodes[node].kind else {
            return Err(Error::topology(format!(
                "store `{store}` cannot be connected to `{processor}`, which is a source or a sink"
            )));
        };
        stores.insert(Arc::clone(&entry.name));
        if let Some(user) = entry.users.first() {
            self.groups.unite(*user, node);
        }
        if !entry.users.contains(&node) {
            entry.users.push(node);
        }
        Ok(())
    }

    fn is_global_store(&self, name: &str) -> bool {
        self.global_stores.iter().any(|store| &*store.name == name)
    }
}

fn other_store(name: &str) -> Error {
    Error::topology(format!("there is already another state store called `{name}`"))
}

fn unknown_store(name: &str) -> Error {
    Error::topology(format!("there is no state store called `{name}`: add it first"))
}
