//! `split`: each record to the first branch whose predicate holds.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use streams_core::{BoxError, Processor, ProcessorContext, Record};

use super::{KStream, passing};
use crate::graph::{NewNode, NodeId};
use crate::{Branched, Data, Named, prefixes};

type Predicate<K, V> = Arc<dyn Fn(&K, &V) -> bool + Send + Sync>;

/// The streams that a split ends with, by the split's name followed by the branch's name or position.
pub type Branches<K, V> = HashMap<String, KStream<K, V>>;

/// What the branches are, so far: shared with the node, which is written later.
struct Rules<K, V> {
    predicates: Vec<Predicate<K, V>>,
    children: Vec<Arc<str>>,
}

/// A stream that is being split into branches (KIP-418).
///
/// Each record goes to the first branch whose predicate holds, or to the default branch, or nowhere.
pub struct BranchedKStream<K, V> {
    source: KStream<K, V>,
    name: Arc<str>,
    node: NodeId,
    rules: Arc<Mutex<Rules<K, V>>>,
    branches: Branches<K, V>,
}

impl<K: Data, V: Data> KStream<K, V> {
    /// Begins to split the stream into branches.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let branches = builder
    ///     .stream::<String, i64>("in")
    ///     .split_with(Named::as_("size-"))
    ///     .branch_with(|_, n| *n > 100, Branched::as_("big"))
    ///     .default_branch_with(Branched::as_("small"));
    /// branches["size-big"].to("big");
    /// branches["size-small"].to("small");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut big = driver.create_output_topic::<String, i64>("big");
    /// let mut small = driver.create_output_topic::<String, i64>("small");
    /// input.pipe_input("a", 1)?;
    /// input.pipe_input("b", 1000)?;
    /// assert_eq!((big.read_value()?, small.read_value()?), (1000, 1));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn split(&self) -> BranchedKStream<K, V> {
        self.split_with(Named::none())
    }

    /// As [`KStream::split`], with a name, which the names of the branches begin with.
    pub fn split_with(&self, named: Named) -> BranchedKStream<K, V> {
        let name = self.graph.name(&named, prefixes::BRANCH);
        let rules = Arc::new(Mutex::new(Rules { predicates: Vec::new(), children: Vec::new() }));
        let shared = Arc::clone(&rules);
        let node = NewNode::new(Arc::clone(&name), move |to, at| {
            let shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
            let (predicates, children) = (shared.predicates.clone(), shared.children.clone());
            let make = move || Splitter { predicates: predicates.clone(), children: children.clone() };
            to.topology.add_processor::<K, V, K, V>(Arc::clone(&at.name), make, at.parents.clone())?;
            Ok(())
        });
        let node = self.graph.add(&[self.node], node);
        BranchedKStream { source: self.clone(), name, node, rules, branches: Branches::new() }
    }
}

impl<K: Data, V: Data> BranchedKStream<K, V> {
    /// A branch for the records that `predicate` holds for and no earlier one did.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let branches = builder
    ///     .stream::<String, i64>("in")
    ///     .split_with(Named::as_("by-"))
    ///     .branch(|_, n| n % 2 == 0)
    ///     .branch(|_, n| n % 3 == 0) // and odd
    ///     .no_default_branch();
    /// branches["by-1"].to("two"); // called by their positions
    /// branches["by-2"].to("three");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// for n in 1..=6 {
    ///     input.pipe_input("a", n)?;
    /// }
    /// assert_eq!(driver.create_output_topic::<String, i64>("two").read_values_to_list()?, [2, 4, 6]);
    /// assert_eq!(driver.create_output_topic::<String, i64>("three").read_values_to_list()?, [3]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn branch(self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> Self {
        self.branch_with(predicate, Branched::new())
    }

    /// As [`BranchedKStream::branch`], with a name, or with what becomes of the branch.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let halves = Branched::as_("even").with_function(|even| even.map_values(|n| n / 2));
    /// let branches = builder
    ///     .stream::<String, i64>("in")
    ///     .split_with(Named::as_("by-"))
    ///     .branch_with(|_, n| n % 2 == 0, halves)
    ///     .no_default_branch();
    /// branches["by-even"].to("halves");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input("a", 3)?; // to no branch
    /// input.pipe_input("a", 4)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("halves").read_values_to_list()?, [2]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn branch_with(
        mut self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        branched: Branched<K, V>,
    ) -> Self {
        let position = {
            let mut rules = self.rules.lock().unwrap_or_else(PoisonError::into_inner);
            rules.predicates.push(Arc::new(predicate));
            rules.predicates.len()
        };
        self.add(branched, position);
        self
    }

    /// Ends the split with a branch for all other records.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let branches = builder
    ///     .stream::<String, i64>("in")
    ///     .split_with(Named::as_("by-"))
    ///     .branch(|_, n| *n < 0)
    ///     .default_branch();
    /// branches["by-0"].to("others"); // the default branch is number 0
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input("a", -1)?;
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("others").read_values_to_list()?, [1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn default_branch(self) -> Branches<K, V> {
        self.default_branch_with(Branched::new())
    }

    /// As [`BranchedKStream::default_branch`], with a name, or with what becomes of the branch.
    pub fn default_branch_with(mut self, branched: Branched<K, V>) -> Branches<K, V> {
        self.add(branched, 0);
        self.branches
    }

    /// Ends the split; all other records are dropped.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let positive = Branched::new().with_consumer(|positive| positive.to("positive"));
    /// let branches = builder.stream::<String, i64>("in").split().branch_with(|_, n| *n > 0, positive);
    /// assert!(branches.no_default_branch().is_empty());
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input("a", -1)?; // to no branch
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("positive").read_values_to_list()?, [1]);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn no_default_branch(self) -> Branches<K, V> {
        self.branches
    }

    fn add(&mut self, branched: Branched<K, V>, position: usize) {
        let Branched { named, then } = branched;
        let graph = &self.source.graph;
        let name: Arc<str> = match named.name() {
            // As in Kafka, any text will do.
            Some(branch) => format!("{}{branch}", self.name).into(),
            None => format!("{}{position}", self.name).into(),
        };
        graph.generate(&name);
        self.rules.lock().unwrap_or_else(PoisonError::into_inner).children.push(Arc::clone(&name));
        let node = graph.add(&[self.node], passing::<K, V>(Arc::clone(&name)));
        let branch = KStream {
            key_serde: self.source.key_serde.clone(),
            value_serde: self.source.value_serde.clone(),
            ..self.source.derived(node, Arc::clone(&name))
        };
        let kept = match then {
            Some(then) => then(branch),
            None => Some(branch),
        };
        if let Some(stream) = kept {
            self.branches.insert(name.to_string(), stream);
        }
    }
}

impl<K, V> fmt::Debug for BranchedKStream<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BranchedKStream").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Sends each record to one child.
struct Splitter<K, V> {
    predicates: Vec<Predicate<K, V>>,
    children: Vec<Arc<str>>,
}

impl<K: Data, V: Data> Processor<K, V, K, V> for Splitter<K, V> {
    fn process(
        &mut self,
        record: Record<K, V>,
        ctx: &mut ProcessorContext<'_, K, V>,
    ) -> Result<(), BoxError> {
        let holds = |predicate: &Predicate<K, V>| predicate(&record.key, &record.value);
        let place = self.predicates.iter().position(holds).unwrap_or(self.predicates.len());
        match self.children.get(place) {
            Some(child) => Ok(ctx.forward_to(child, record)?),
            None => Ok(()),
        }
    }
}
