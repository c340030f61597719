//! The consumer protocol inside of the classic one: subscriptions and assignments as classic members send and
//! expect them (ConsumerProtocolSubscription and ConsumerProtocolAssignment).

use super::partitions::Partitions;
use crate::coordinator::codec::{Reader, Writer};
use crate::coordinator::topics::TopicView;
use bytes::Bytes;
use std::collections::BTreeMap;

/// What a classic member wants and has.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Subscription {
    pub(super) topics: Vec<String>,
    /// Nothing below version 1: such a member gives everything up before it joins.
    pub(super) owned: Partitions,
}

/// Highest version of an assignment.
const LATEST_ASSIGNMENT: i16 = 3;

/// Reads a subscription of any version; what comes after the owned partitions is of no use here.
pub(super) fn read_subscription(bytes: &[u8], topics: &dyn TopicView) -> Option<Subscription> {
    let mut r = Reader::new(bytes);
    let version = r.i16().ok()?;
    let count = r.array_len().ok()?;
    let mut names: Vec<String> = (0..count).map(|_| r.string().ok()).collect::<Option<_>>()?;
    names.sort_unstable();
    let user_data = r.i32().ok()?;
    if let Ok(len) = usize::try_from(user_data) {
        r.take(len).ok()?;
    }
    let owned = if version >= 1 { read_partitions(&mut r, topics)? } else { Partitions::default() };
    Some(Subscription { topics: names, owned })
}

/// Reads an assignment. `None` also if it has user data: a custom assignor's, who would miss it.
pub(super) fn read_assignment(bytes: &[u8], topics: &dyn TopicView) -> Option<Partitions> {
    if bytes.is_empty() {
        return Some(Partitions::default());
    }
    let mut r = Reader::new(bytes);
    r.i16().ok()?;
    let partitions = read_partitions(&mut r, topics)?;
    (r.i32().ok()? <= 0).then_some(partitions)
}

fn read_partitions(r: &mut Reader<'_>, topics: &dyn TopicView) -> Option<Partitions> {
    let mut all = Partitions::default();
    for _ in 0..r.array_len().ok()? {
        let name = r.string().ok()?;
        let count = r.array_len().ok()?;
        let partitions: Vec<i32> = (0..count).map(|_| r.i32().ok()).collect::<Option<_>>()?;
        // A topic that is gone is nobody's.
        if let Some(topic) = topics.by_name(&name) {
            all.0.extend(partitions.into_iter().map(|p| (topic.id, p)));
        }
    }
    Some(all)
}

/// Writes an assignment in the version of the member's subscription. All versions look alike.
pub(super) fn write_assignment(
    subscription: &[u8],
    partitions: &Partitions,
    topics: &dyn TopicView,
) -> Bytes {
    let named: BTreeMap<String, Vec<i32>> = partitions
        .by_topic()
        .into_iter()
        .filter_map(|(id, partitions)| topics.by_id(id).map(|t| (t.name, partitions)))
        .collect();
    let mut w = Writer::new();
    let version = subscription.first_chunk().map_or(0, |bytes| i16::from_be_bytes(*bytes));
    w.i16(version.clamp(0, LATEST_ASSIGNMENT));
    w.array_len(named.len());
    for (name, partitions) in named {
        w.string(&name);
        w.array_len(partitions.len());
        for partition in partitions {
            w.i32(partition);
        }
    }
    w.i32(-1);
    w.into_bytes().into()
}
