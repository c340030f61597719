//! Builds the topology of a case with the DSL or the Processor API.

mod aggregate;
mod branching;
mod cogroup;
mod grouped_table;
mod grouping;
mod join_foreign_key;
mod join_streams;
mod join_table;
mod join_tables;
mod materialized;
mod node;
mod papi;
mod process;
mod sinks;
mod sources;
mod stateless;
mod stores;
mod suppress;
mod tables;
mod windowed_aggregate;
mod windows;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use streams_core::{Error, StoreBuilder, StreamsConfig, Topology};
use streams_dsl::{Named, StreamsBuilder};

use super::case::Case;
use super::op::{Op, Reason};
use super::values::Kind;

use node::{GroupedStream, Node, Stream, Table, Typed};
pub(crate) use node::{KeyFormat, OpKey, OpValue};

/// Why a topology was not built.
#[derive(Debug)]
pub(crate) enum BuildFailure {
    /// The library refused it.
    Refused(Error),
    /// The harness cannot say it with the library's API.
    Unable(Reason),
}

impl From<Error> for BuildFailure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<Reason> for BuildFailure {
    fn from(reason: Reason) -> Self {
        Self::Unable(reason)
    }
}

impl From<&str> for BuildFailure {
    fn from(reason: &str) -> Self {
        Self::Unable(reason.to_owned())
    }
}

/// The types of the records in an output topic.
#[derive(Debug, Clone)]
pub(crate) struct OutputType {
    /// The topic's name, or what its name begins with.
    topic: String,
    is_prefix: bool,
    /// How keys are read.
    pub(crate) keys: KeyFormat,
    /// What values are.
    pub(crate) kind: Kind,
}

/// A topology that was built from a case.
#[derive(Debug)]
pub(crate) struct Built {
    /// The topology.
    pub(crate) topology: Topology,
    /// The keys of the map that each split returned.
    pub(crate) branches: BTreeMap<String, Vec<String>>,
    outputs: Vec<OutputType>,
}

impl Built {
    /// The types of the records in an output topic; a topic that nobody named holds strings.
    pub(crate) fn output_type(&self, topic: &str) -> (KeyFormat, Kind) {
        let matches = |output: &&OutputType| {
            if output.is_prefix { topic.starts_with(&output.topic) } else { topic == output.topic }
        };
        self.outputs
            .iter()
            .find(matches)
            .map_or((KeyFormat::Plain, Kind::Text), |found| (found.keys, found.kind))
    }
}

/// Builds the topology of a case.
pub(crate) fn build(case: &Case, config: &StreamsConfig) -> Result<Built, BuildFailure> {
    let dsl = if case.topology_config { StreamsBuilder::with_config(config) } else { StreamsBuilder::new() };
    let mut builder = Builder {
        dsl,
        topology: Topology::new(),
        uses_topology: false,
        nodes: HashMap::new(),
        defined_stores: HashMap::new(),
        node_kinds: HashMap::new(),
        branches: BTreeMap::new(),
        outputs: Vec::new(),
    };
    for op in &case.ops {
        builder.apply(op)?;
        op.params().finish(&op.op)?;
    }
    let topology = if builder.uses_topology { builder.topology } else { builder.dsl.build_with(config)? };
    Ok(Built { topology, branches: builder.branches, outputs: builder.outputs })
}

/// A topology that is being built.
struct Builder {
    dsl: StreamsBuilder,
    /// For the operators of the Processor API.
    topology: Topology,
    uses_topology: bool,
    nodes: HashMap<String, Node>,
    /// Stores that are defined for processors that bring their own.
    defined_stores: HashMap<String, Arc<dyn StoreBuilder>>,
    /// The kind of the values that a node of the Processor API forwards.
    node_kinds: HashMap<String, Kind>,
    branches: BTreeMap<String, Vec<String>>,
    outputs: Vec<OutputType>,
}

type Done = Result<(), BuildFailure>;

impl Builder {
    fn apply(&mut self, op: &Op) -> Done {
        match op.op.as_str() {
            "stream" => self.stream(op),
            "table" => self.table(op),
            "global_table" => self.global_table(op),
            "to_table" => self.stream_to_table(op),
            "table_filter" => self.table_filter(op, false),
            "table_filter_not" => self.table_filter(op, true),
            "table_map_values" => self.table_map_values(op),
            "table_transform_values" => self.table_transform_values(op),
            "table_to_stream" => self.table_to_stream(op),
            "suppress" => self.suppress(op),
            "group_by_key" => self.group_by_key(op),
            "group_by" => self.group_by(op),
            "join_stream" => self.join_stream(op),
            "join_table" => self.join_table(op),
            "join_global" => self.join_global(op),
            "join_tables" => self.join_tables(op),
            "fk_join" => self.fk_join(op),
            "windowed_by" => self.windowed_by(op),
            "cogroup" => self.cogroup(op),
            "table_group_by" => self.table_group_by(op),
            "count" => self.count(op),
            "reduce" => self.reduce(op),
            "aggregate" => self.aggregate(op),
            "add_store" => self.add_store(op),
            "define_store" => self.define_store(op),
            "global_store" => self.global_store(op),
            "filter" => self.filter(op, false),
            "filter_not" => self.filter(op, true),
            "map" => self.map(op),
            "map_values" => self.map_values(op),
            "flat_map" => self.flat_map(op),
            "flat_map_values" => self.flat_map_values(op),
            "select_key" => self.select_key(op),
            "peek" => self.peek(op),
            "foreach" => self.for_each(op),
            "merge" => self.merge(op),
            "split" => self.split(op),
            "repartition" => self.repartition(op),
            "to" => self.to(op),
            "process" => self.process(op),
            "process_values" => self.process_values(op),
            "add_source" => self.add_source(op),
            "add_processor" => self.add_processor(op),
            "add_sink" => self.add_sink(op),
            "add_state_store" => self.add_state_store(op),
            "connect_stores" => self.connect_stores(op),
            other => Err(not_available(other)),
        }
    }

    /// Stores an operator's result.
    fn put(&mut self, op: &Op, node: impl Into<Node>) -> Done {
        if let Some(id) = &op.id {
            self.nodes.insert(id.clone(), node.into());
        }
        Ok(())
    }

    /// An input of an operator.
    fn node(&self, op: &Op, index: usize) -> Result<Node, BuildFailure> {
        let id = op.input(index)?;
        let found = self.nodes.get(id).cloned();
        found.ok_or_else(|| format!("operator `{}` names the unknown input `{id}`", op.op).into())
    }

    /// Notes what is in an output topic.
    fn note_output(&mut self, topic: &str, is_prefix: bool, keys: KeyFormat, kind: Kind) {
        self.outputs.push(OutputType { topic: topic.to_owned(), is_prefix, keys, kind });
    }
}

/// The failure of an operator that the library does not have.
fn not_available(operator: &str) -> BuildFailure {
    BuildFailure::Unable(format!("operator `{operator}` is not available"))
}

/// The failure of an operator on an input of the wrong sort.
fn wrong_input(op: &Op, node: &Node) -> BuildFailure {
    BuildFailure::Unable(format!("operator `{}` cannot stand on {}", op.op, node.describe()))
}

/// The name of an operator.
fn named(op: &Op) -> Result<Named, Reason> {
    Ok(op.name()?.map_or_else(Named::none, Named::as_))
}

/// Runs one block for a stream of either type of keys.
macro_rules! on_stream {
    ($self:ident, $op:ident, |$stream:ident| $body:expr) => {
        match $self.node($op, 0)? {
            Node::Stream($stream) => $body,
            Node::WindowedStream($stream) => $body,
            other => return Err(wrong_input($op, &other)),
        }
    };
}

/// Runs one block for a table of either type of keys and either type of values.
macro_rules! on_table {
    ($self:ident, $op:ident, |$table:ident| $body:expr) => {
        match $self.node($op, 0)? {
            Node::Table($table) => $body,
            Node::CountTable($table) => $body,
            Node::WindowedTable($table) => $body,
            Node::WindowedCountTable($table) => $body,
            other => return Err(wrong_input($op, &other)),
        }
    };
}

use {on_stream, on_table};
