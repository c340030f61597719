//! The topology that is being built: nodes.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::Arc;

use super::grouping::Groups;
use super::internal_topics::RepartitionOptions;
use super::java_hash::JavaHashSet;
use super::names::GeneratedNames;
use super::node_spec::{NodeKind, NodeSpec, RecordType, SinkTarget};
use super::pattern::TopicPattern;
use super::plan::SourceTopics;
use super::sink::Sink;
use super::source::Source;
use super::stores::{GlobalStoreEntry, StoreEntry};
use crate::config::StreamsConfig;
use crate::error::{Error, Result};
use crate::processor::{
    FixedKeyAdapter, FixedKeyProcessorSupplier, NewNode, ProcessorSupplier, ProcessorWrapper,
};
use crate::store::StoreBuilder;

/// Sources, processors, sinks and state stores, and how they are connected.
///
/// Every method checks what it is given at once, so that an error points to the line that made it. Nodes are named;
/// parents come before their children.
///
/// ```
/// use streams_core::{BoxError, Processor, ProcessorContext, Record, Sink, Source, Topology};
///
/// struct Upper;
///
/// impl Processor<String, String, String, String> for Upper {
///     fn process(
///         &mut self,
///         record: Record<String, String>,
///         ctx: &mut ProcessorContext<'_, String, String>,
///     ) -> Result<(), BoxError> {
///         let value = record.value.to_uppercase();
///         Ok(ctx.forward(record.with_value(value))?)
///     }
/// }
///
/// let mut topology = Topology::new();
/// topology
///     .add_source(Source::<String, String>::new("lines", ["text"]))?
///     .add_processor("upper", || Upper, ["lines"])?
///     .add_sink(Sink::<String, String>::to("loud", "loud-text"), ["upper"])?;
/// assert!(topology.describe().to_string().contains("Processor: upper (stores: [])"));
/// # Ok::<(), streams_core::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct Topology {
    /// In the order in which they were added, so that parents come before children.
    pub(super) nodes: Vec<NodeSpec>,
    pub(super) by_name: HashMap<Arc<str>, usize>,
    pub(super) groups: Groups,
    /// Topics that a source reads, internal ones without the application's id, and the source.
    pub(super) source_topics: BTreeMap<Arc<str>, usize>,
    pub(super) patterns: Vec<TopicPattern>,
    pub(super) stores: Vec<StoreEntry>,
    pub(super) global_stores: Vec<GlobalStoreEntry>,
    pub(super) repartition_topics: BTreeMap<Arc<str>, RepartitionOptions>,
    pub(super) copartitioned: Vec<Vec<Arc<str>>>,
    pub(super) generated: GeneratedNames,
    wrapper: Option<Arc<dyn ProcessorWrapper>>,
}

impl Topology {
    /// An empty topology.
    pub fn new() -> Self {
        Self::default()
    }

    /// An empty topology with the settings that act while it is built: the processor wrapper (KIP-1112). A
    /// configuration that only runs the topology is too late for it.
    pub fn with_config(config: &StreamsConfig) -> Self {
        Self { wrapper: config.processor_wrapper(), ..Self::default() }
    }

    /// Adds a source.
    ///
    /// # Errors
    /// [`ErrorKind::Topology`](crate::ErrorKind::Topology): the name is taken, there is no topic, or another source
    /// reads one of the topics.
    pub fn add_source<K, V>(&mut self, source: Source<K, V>) -> Result<&mut Self>
    where
        K: Clone + Send + 'static,
        V: Clone + Send + 'static,
    {
        self.check_source(&source.name, &source.topics)?;
        self.push(source.into_spec(false))
    }

    /// Adds a processor behind its parents.
    ///
    /// # Errors
    /// [`ErrorKind::Topology`](crate::ErrorKind::Topology): the name is taken, there is no parent, a parent is unknown,
    /// is a sink, or forwards records of another type; or a store that comes with the supplier cannot be added.
    pub fn add_processor<KIn, VIn, KOut, VOut>(
        &mut self,
        name: impl Into<Arc<str>>,
        supplier: impl ProcessorSupplier<KIn, VIn, KOut, VOut>,
        parents: impl IntoIterator<Item = impl Into<Arc<str>>>,
    ) -> Result<&mut Self>
    where
        KIn: Send + 'static,
        VIn: Send + 'static,
        KOut: Send + 'static,
        VOut: Send + 'static,
    {
        let (name, stores) = (name.into(), supplier.stores());
        self.push(processor_spec(Arc::clone(&name), supplier, collect(parents)))?;
        self.add_supplied_stores(&name, stores)
    }

    /// Adds a processor that keeps the key of every record (KIP-820).
    ///
    /// # Errors
    /// As [`Topology::add_processor`].
    pub fn add_fixed_key_processor<K, VIn, VOut>(
        &mut self,
        name: impl Into<Arc<str>>,
        supplier: impl FixedKeyProcessorSupplier<K, VIn, VOut>,
        parents: impl IntoIterator<Item = impl Into<Arc<str>>>,
    ) -> Result<&mut Self>
    where
        K: Send + 'static,
        VIn: Send + 'static,
        VOut: Send + 'static,
    {
        let (name, stores) = (name.into(), supplier.stores());
        self.push(fixed_key_spec(Arc::clone(&name), supplier, collect(parents)))?;
        self.add_supplied_stores(&name, stores)
    }

    /// Adds a sink behind its parents.
    ///
    /// # Errors
    /// As [`Topology::add_processor`].
    pub fn add_sink<K: Send + 'static, V: Send + 'static>(
        &mut self,
        sink: Sink<K, V>,
        parents: impl IntoIterator<Item = impl Into<Arc<str>>>,
    ) -> Result<&mut Self> {
        self.push(sink.into_spec(collect(parents)))
    }

    /// Whether there is a processor wrapper.
    pub(super) fn is_wrapped(&self) -> bool {
        self.wrapper.is_some()
    }

    fn add_supplied_stores(&mut self, name: &str, stores: Vec<Arc<dyn StoreBuilder>>) -> Result<&mut Self> {
        for store in stores {
            self.add_state_store(store, [name])?;
        }
        Ok(self)
    }

    /// Checks a source that is about to be added.
    pub(super) fn check_source(&self, name: &str, topics: &SourceTopics) -> Result<()> {
        self.check_new_name(name)?;
        let topics = match topics {
            SourceTopics::Names(topics) => topics,
            SourceTopics::Pattern(pattern) => return self.check_pattern(name, pattern),
        };
        if topics.is_empty() {
            return Err(Error::topology(format!("source `{name}` must have at least one topic")));
        }
        for (place, topic) in topics.iter().enumerate() {
            if self.source_topics.contains_key(topic) || topics[..place].contains(topic) {
                return Err(Error::topology(format!("topic `{topic}` is already read by another source")));
            }
            if let Some(pattern) = self.patterns.iter().find(|pattern| pattern.matches(topic)) {
                return Err(Error::topology(format!(
                    "topic `{topic}` is already read by the source of pattern `{pattern}`"
                )));
            }
        }
        Ok(())
    }

    fn check_pattern(&self, name: &str, pattern: &TopicPattern) -> Result<()> {
        match self.source_topics.keys().find(|topic| pattern.matches(topic)) {
            Some(topic) => Err(Error::topology(format!(
                "the pattern `{pattern}` of source `{name}` matches topic `{topic}`, which another source reads"
            ))),
            None => Ok(()),
        }
    }

    pub(super) fn check_new_name(&self, name: &str) -> Result<()> {
        if self.by_name.contains_key(name) {
            return Err(Error::topology(format!("there is already a node called `{name}`")));
        }
        Ok(())
    }

    /// Adds a node whose topics are checked already.
    pub(super) fn push(&mut self, mut spec: NodeSpec) -> Result<&mut Self> {
        self.check_new_name(&spec.name)?;
        if let Some(wrapper) = &self.wrapper {
            spec.wrap(wrapper);
        }
        let is_source = matches!(spec.kind, NodeKind::Source { .. });
        if !is_source && spec.parents.is_empty() {
            return Err(Error::topology(format!("node `{}` must have at least one parent", spec.name)));
        }
        let parents =
            spec.parents.iter().map(|parent| self.check_parent(&spec, parent)).collect::<Result<Vec<_>>>()?;
        let node = self.nodes.len();
        self.groups.add();
        for parent in parents {
            self.groups.unite(parent, node);
        }
        match &spec.kind {
            NodeKind::Source { topics: SourceTopics::Names(topics), .. } => {
                self.source_topics.extend(topics.iter().map(|topic| (Arc::clone(topic), node)));
            }
            NodeKind::Source { topics: SourceTopics::Pattern(pattern), .. } => {
                self.patterns.push(pattern.clone());
            }
            NodeKind::Processor { .. } | NodeKind::Sink(SinkTarget::Topic(_) | SinkTarget::Computed(_)) => {}
        }
        self.by_name.insert(Arc::clone(&spec.name), node);
        self.nodes.push(spec);
        self.add_wrapper_stores(node)
    }

    /// Adds the stores that the processor wrapper wants for a node.
    fn add_wrapper_stores(&mut self, node: usize) -> Result<&mut Self> {
        let NodeSpec { name, kind, parents, .. } = &self.nodes[node];
        let (Some(wrapper), NodeKind::Processor { .. }) = (&self.wrapper, kind) else { return Ok(self) };
        let (name, stores) = (Arc::clone(name), wrapper.stores(name));
        let is_global = |parent: &Arc<str>| {
            let parent = self.by_name.get(parent).map(|parent| &self.nodes[*parent].kind);
            matches!(parent, Some(NodeKind::Source { global: true, .. }))
        };
        if !stores.is_empty() && parents.iter().any(is_global) {
            return Err(Error::topology(format!(
                "the processor wrapper has stores for `{name}`, the processor of a global store, which can have none: \
                 return no stores for it"
            )));
        }
        self.add_supplied_stores(&name, stores)
    }

    fn check_parent(&self, child: &NodeSpec, parent: &Arc<str>) -> Result<usize> {
        let name = &child.name;
        if parent == name {
            return Err(Error::topology(format!("node `{name}` cannot be its own parent")));
        }
        let index = *self.by_name.get(parent).ok_or_else(|| {
            Error::topology(format!("the parent `{parent}` of node `{name}` is unknown: add parents first"))
        })?;
        let Some(output) = self.nodes[index].output else {
            return Err(Error::topology(format!(
                "the sink `{parent}` cannot be the parent of node `{name}`"
            )));
        };
        match child.input.filter(|input| *input != output) {
            None => Ok(index),
            Some(input) => Err(Error::topology(format!(
                "node `{name}` takes records of `{input}`, but its parent `{parent}` forwards records of `{output}`"
            ))),
        }
    }
}

fn collect(names: impl IntoIterator<Item = impl Into<Arc<str>>>) -> Vec<Arc<str>> {
    names.into_iter().map(Into::into).collect()
}

pub(super) fn processor_spec<KIn, VIn, KOut, VOut>(
    name: Arc<str>,
    supplier: impl ProcessorSupplier<KIn, VIn, KOut, VOut>,
    parents: Vec<Arc<str>>,
) -> NodeSpec
where
    KIn: Send + 'static,
    VIn: Send + 'static,
    KOut: Send + 'static,
    VOut: Send + 'static,
{
    spec_of::<KIn, VIn, KOut, VOut>(name, move || supplier.node(), parents)
}

fn fixed_key_spec<K, VIn, VOut>(
    name: Arc<str>,
    supplier: impl FixedKeyProcessorSupplier<K, VIn, VOut>,
    parents: Vec<Arc<str>>,
) -> NodeSpec
where
    K: Send + 'static,
    VIn: Send + 'static,
    VOut: Send + 'static,
{
    let make = move || NewNode::of(FixedKeyAdapter(supplier.get()));
    spec_of::<K, VIn, K, VOut>(name, make, parents)
}

fn spec_of<KIn, VIn, KOut, VOut>(
    name: Arc<str>,
    make: impl Fn() -> NewNode + Send + Sync + 'static,
    parents: Vec<Arc<str>>,
) -> NodeSpec
where
    KIn: Send + 'static,
    VIn: Send + 'static,
    KOut: Send + 'static,
    VOut: Send + 'static,
{
    let make = Arc::new(make);
    NodeSpec {
        name,
        parents,
        input: Some(RecordType::of::<KIn, VIn>()),
        output: Some(RecordType::of::<KOut, VOut>()),
        kind: NodeKind::Processor { stores: JavaHashSet::new() },
        make: Arc::new(move |_| {
            let make = Arc::clone(&make);
            Arc::new(move || make().0)
        }),
    }
}

impl fmt::Debug for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.nodes).finish()
    }
}
