//! Topologies: sources, processors, sinks and stores, and what the engine makes of them.

mod plan;

pub use plan::Plan;

pub(crate) use plan::{NodeFactory, NodePlan, SourcePlan, SourceTopics, StorePlan};
