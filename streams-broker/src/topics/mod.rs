//! Topics and their partitions: which there are, how they are configured, and where they live.

mod metadata_file;
mod names;
mod partition;
mod registry;
mod topic;
mod waiters;

#[cfg(test)]
mod tests;

#[cfg(any(test, fuzzing))]
pub(crate) use metadata_file::read as read_metadata;
pub(crate) use names::{METADATA_TOPIC, is_internal, validate_name};
pub(crate) use partition::{Partition, ProduceError};
pub(crate) use registry::{NewTopic, TopicError, Topics, validate_configs};
pub(crate) use topic::Topic;
pub(crate) use waiters::Watch;
