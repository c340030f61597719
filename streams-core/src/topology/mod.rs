//! Topologies: sources, processors, sinks and stores, and what the engine makes of them.

mod build;
mod builder;
mod copartition;
mod describe;
mod grouping;
mod internal_topics;
mod java_hash;
mod names;
mod node_spec;
mod offset_reset;
mod partitions;
mod pattern;
mod plan;
mod planning;
mod sink;
mod size_set;
mod source;
mod stores;

#[cfg(test)]
mod partition_tests;
#[cfg(test)]
mod tests;

pub use build::{BuiltTopology, Subtopology};
pub use builder::Topology;
pub use describe::{NodeDescription, NodeDescriptionKind, SubtopologyDescription, TopologyDescription};
pub use internal_topics::{InternalTopic, InternalTopicKind, RepartitionOptions};
pub use names::{GeneratedName, validate_name};
pub use offset_reset::AutoOffsetReset;
pub use partitions::PartitionCounts;
pub use pattern::TopicPattern;
pub use plan::Plan;
pub use sink::Sink;
pub use source::Source;
pub use stores::IntoStoreBuilder;

pub(crate) use plan::{NodePlan, SourcePlan, StorePlan};
