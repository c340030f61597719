//! Streams groups (KIP-1071): the broker knows the members' topology, creates its internal topics, and gives the
//! tasks out.

mod assignor;
mod check;
mod describe;
mod group;
mod heartbeat;
mod leave;
pub(crate) mod messages;
mod reconcile;
mod replay;
mod requests;
mod tasks;
#[cfg(test)]
mod tests;
mod topology;
mod validate;

pub(crate) use describe::missing_group;
pub(crate) use group::StreamsGroup;
pub(crate) use heartbeat::{Client, InternalTopic, StreamsSettings};
pub(crate) use validate::validate;
