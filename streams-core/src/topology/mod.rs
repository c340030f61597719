//! Topologies: sources, processors, sinks and stores, and what the engine makes of them.

mod plan;

pub(crate) use plan::{NodeFactory, NodePlan, Plan, SourcePlan, SourceTopics, StorePlan};
