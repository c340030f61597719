//! The server-side assignors, `uniform` and `range`.

use super::group::ConsumerGroup;
use super::partitions::{Partition, Partitions};
use super::subscription::Subscriptions;
use std::collections::BTreeMap;

/// The names of the assignors, the default first.
pub(crate) const ASSIGNORS: [&str; 2] = ["uniform", "range"];

/// Who shall read what, by the assignor that most members want.
pub(crate) fn assign(group: &ConsumerGroup, subscriptions: &Subscriptions) -> BTreeMap<String, Partitions> {
    match group.assignor() {
        "range" => range(group, subscriptions),
        _ => uniform(group, subscriptions),
    }
}

fn nothing(group: &ConsumerGroup) -> BTreeMap<String, Partitions> {
    group.members.keys().map(|id| (id.clone(), Partitions::default())).collect()
}

/// Each topic in contiguous ranges over its members, in the order of their instance or member ids, so that
/// partitions of the same number come to the same member.
fn range(group: &ConsumerGroup, subscriptions: &Subscriptions) -> BTreeMap<String, Partitions> {
    let mut result = nothing(group);
    for topic in subscriptions.topics.values() {
        let mut readers: Vec<(&str, &String)> = group
            .members
            .iter()
            .filter(|(id, _)| subscriptions.members.get(*id).is_some_and(|t| t.contains(&topic.name)))
            .map(|(id, m)| (m.metadata.instance_id.as_deref().unwrap_or(id), id))
            .collect();
        readers.sort_unstable();
        let count = i32::try_from(readers.len()).unwrap_or(i32::MAX).max(1);
        let (each, more) = (topic.partitions / count, topic.partitions % count);
        let mut next = 0;
        for (i, (_, id)) in (0..).zip(readers) {
            let end = next + each + i32::from(i < more);
            if let Some(partitions) = result.get_mut(id) {
                partitions.0.extend((next..end).map(|p| (topic.id, p)));
            }
            next = end;
        }
    }
    result
}

/// As even as the subscriptions allow, each partition where it was if it can stay.
fn uniform(group: &ConsumerGroup, subscriptions: &Subscriptions) -> BTreeMap<String, Partitions> {
    let mut result = nothing(group);
    let mut left: Vec<(Partition, Vec<&String>)> = Vec::new();
    let quotas = Quotas::of(group, subscriptions);
    for topic in subscriptions.topics.values() {
        let readers: Vec<&String> = group
            .members
            .keys()
            .filter(|id| subscriptions.members.get(*id).is_some_and(|t| t.contains(&topic.name)))
            .collect();
        for partition in (0..topic.partitions).map(|p| (topic.id, p)) {
            let owner = readers.iter().find(|id| {
                group.target.get(**id).is_some_and(|had| had.contains(&partition)) && quotas.room(&result, id)
            });
            match owner {
                Some(id) => give(&mut result, id, partition),
                None => left.push((partition, readers.clone())),
            }
        }
    }
    // Those that few can read first, so that they do not find their readers full.
    left.sort_by_key(|(_, readers)| readers.len());
    for (partition, readers) in left {
        let load = |id: &&&String| result.get(**id).map_or(0, Partitions::len);
        if let Some(id) = readers.iter().min_by_key(load) {
            give(&mut result, id, partition);
        }
    }
    balance(&mut result, subscriptions);
    result
}

fn give(result: &mut BTreeMap<String, Partitions>, id: &str, partition: Partition) {
    if let Some(partitions) = result.get_mut(id) {
        partitions.0.insert(partition);
    }
}

/// How many partitions members may keep.
struct Quotas {
    least: usize,
    /// How many members may have one more than that.
    more: usize,
}

impl Quotas {
    fn of(group: &ConsumerGroup, subscriptions: &Subscriptions) -> Self {
        let total: usize =
            subscriptions.topics.values().map(|t| usize::try_from(t.partitions).unwrap_or(0)).sum();
        let members = group.members.len().max(1);
        Self { least: total / members, more: total % members }
    }

    fn room(&self, result: &BTreeMap<String, Partitions>, id: &str) -> bool {
        let has = result.get(id).map_or(0, Partitions::len);
        let above = result.values().filter(|p| p.len() > self.least).count();
        has < self.least || has == self.least && above < self.more
    }
}

/// Moves partitions from the fullest to the emptiest who may read them, while that makes them more even. Only
/// subscriptions that differ leave anything to do here.
fn balance(result: &mut BTreeMap<String, Partitions>, subscriptions: &Subscriptions) {
    let topics: BTreeMap<_, _> = subscriptions.topics.values().map(|t| (t.id, t.name.as_str())).collect();
    let reads = |id: &str, partition: &Partition| {
        let name = topics.get(&partition.0).copied().unwrap_or_default();
        subscriptions.members.get(id).is_some_and(|read| read.contains(name))
    };
    loop {
        let mut ids: Vec<(usize, &String)> = result.iter().map(|(id, p)| (p.len(), id)).collect();
        ids.sort_unstable();
        let step = ids.iter().find_map(|(few, to)| {
            ids.iter().rev().take_while(|(many, _)| *many > few + 1).find_map(|(_, from)| {
                let partition = result.get(*from)?.0.iter().rev().find(|p| reads(to, p))?;
                Some(((*from).clone(), (*to).clone(), *partition))
            })
        });
        let Some((from, to, partition)) = step else { return };
        if let Some(partitions) = result.get_mut(&from) {
            partitions.0.remove(&partition);
        }
        give(result, &to, partition);
    }
}
