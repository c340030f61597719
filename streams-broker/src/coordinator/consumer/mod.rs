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

/// Reads what a classic member sends inside of requests.
#[cfg(any(test, fuzzing))]
pub(crate) fn read_embedded(bytes: &[u8], topics: &dyn super::topics::TopicView) {
    let _ = embedded::read_subscription(bytes, topics);
    let _ = embedded::read_assignment(bytes, topics);
    if let Ok(pattern) = std::str::from_utf8(bytes) {
        let _ = subscription::compile(pattern);
    }
}
