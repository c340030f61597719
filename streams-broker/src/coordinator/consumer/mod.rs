//! Consumer groups (KIP-848): the broker gives the partitions out, member by member, without stopping the others.

mod assignors;
mod classic_member;
mod describe;
mod embedded;
mod group;
mod heartbeat;
mod leave;
mod partitions;
mod reconcile;
mod replay;
mod requests;
mod subscription;
#[cfg(test)]
mod tests;
mod upgrade;
mod validate;

pub(crate) use describe::missing_consumer_group;
pub(crate) use group::ConsumerGroup;
pub(crate) use heartbeat::ConsumerSettings;
pub(crate) use validate::validate;
