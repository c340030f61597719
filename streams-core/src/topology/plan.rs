//! What the task engine needs to make a task: a sub-topology as a recipe.

use std::fmt;
use std::sync::Arc;

use super::pattern::TopicPattern;
use crate::processor::Node;
use crate::store::StoreBuilder;

/// Makes a node for one task.
pub(crate) type NodeFactory = Arc<dyn Fn() -> Box<dyn Node> + Send + Sync>;

/// One node of a plan.
#[derive(Clone)]
pub(crate) struct NodePlan {
    pub(crate) name: Arc<str>,
    /// Indices within the plan; all larger than the node's own.
    pub(crate) children: Vec<usize>,
    /// The stores that the node may use, global ones included.
    pub(crate) stores: Vec<Arc<str>>,
    pub(crate) factory: NodeFactory,
}

impl fmt::Debug for NodePlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} -> {:?}", self.name, self.children)
    }
}

/// The topics that a source node reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SourceTopics {
    /// Topics by name, in the order in which they were given; internal ones with their full names.
    Names(Vec<Arc<str>>),
    /// All topics that match the regular expression as a whole.
    Pattern(TopicPattern),
}

impl SourceTopics {
    /// Whether `topic` is one of these.
    pub(crate) fn contains(&self, topic: &str) -> bool {
        match self {
            Self::Names(names) => names.iter().any(|name| **name == *topic),
            Self::Pattern(pattern) => pattern.matches(topic),
        }
    }
}

/// A source node of a plan.
#[derive(Debug, Clone)]
pub(crate) struct SourcePlan {
    pub(crate) node: usize,
    pub(crate) topics: SourceTopics,
}

/// A store of a plan.
#[derive(Debug, Clone)]
pub(crate) struct StorePlan {
    pub(crate) builder: Arc<dyn StoreBuilder>,
    /// The full name of the topic that restores the store; `None` if changes are not logged.
    pub(crate) changelog: Option<Arc<str>>,
    /// The changelog is a source topic: the store restores from it and writes nothing to it.
    pub(crate) changelog_is_source: bool,
}

impl StorePlan {
    /// The topic that the store's changes are written to, if they are.
    pub(crate) fn logged_to(&self) -> Option<Arc<str>> {
        self.changelog.clone().filter(|_| !self.changelog_is_source)
    }
}

/// A sub-topology (or, for the test driver, the whole topology) as a recipe for tasks: what
/// [`StreamTask::new`](crate::StreamTask::new) needs.
#[derive(Debug, Clone, Default)]
pub struct Plan {
    /// Nodes in topological order.
    pub(crate) nodes: Vec<NodePlan>,
    pub(crate) sources: Vec<SourcePlan>,
    /// Stores in the order in which they were added.
    pub(crate) stores: Vec<StorePlan>,
}
