//! What a topology needs of the topics: which must be there, how many partitions each internal one has.

use super::messages::{Subtopology, TopicInfo, status};
use crate::coordinator::topics::TopicView;
use std::collections::{BTreeMap, BTreeSet};

/// A sub-topology with its number of tasks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ConfiguredSubtopology {
    pub(crate) tasks: i32,
    /// It has state that standbys can follow.
    pub(crate) stateful: bool,
}

/// Why tasks cannot be given out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// A code of [`status`].
    pub(crate) code: i8,
    pub(crate) detail: String,
}

/// The result of looking at the topics.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Configured {
    pub(crate) subtopologies: BTreeMap<String, ConfiguredSubtopology>,
    /// Internal topics to create, with their numbers of partitions.
    pub(crate) missing: Vec<TopicInfo>,
    pub(crate) problem: Option<Problem>,
}

impl Configured {
    fn failed(code: i8, detail: String) -> Self {
        Self { problem: Some(Problem { code, detail }), ..Self::default() }
    }
}

/// Looks at the topics that a topology needs.
pub(crate) fn configure(subtopologies: &[Subtopology], topics: &dyn TopicView) -> Configured {
    let missing = missing_sources(subtopologies, topics);
    if !missing.is_empty() {
        let detail = format!("Source topics {} are missing.", join(&missing));
        return Configured::failed(status::MISSING_SOURCE_TOPICS, detail);
    }
    let mut counts = source_counts(subtopologies, topics);
    if let Err(detail) = repartition_counts(subtopologies, &mut counts) {
        return Configured::failed(status::INCORRECTLY_PARTITIONED_TOPICS, detail);
    }
    for subtopology in subtopologies {
        if let Err(detail) = copartition(subtopology, &mut counts) {
            return Configured::failed(status::INCORRECTLY_PARTITIONED_TOPICS, detail);
        }
    }
    let mut configured = Configured::default();
    for subtopology in subtopologies {
        let tasks = task_count(subtopology, &counts);
        let internal = subtopology.state_changelog_topics.iter().map(|t| (t, tasks)).chain(
            subtopology
                .repartition_source_topics
                .iter()
                .map(|t| (t, counts.get(t.name.as_str()).copied().unwrap_or(tasks))),
        );
        for (topic, partitions) in internal {
            if let Err(detail) = check_internal(topic, partitions, topics, &mut configured.missing) {
                return Configured::failed(status::INCORRECTLY_PARTITIONED_TOPICS, detail);
            }
        }
        let stateful = !subtopology.state_changelog_topics.is_empty();
        let shape = ConfiguredSubtopology { tasks, stateful };
        configured.subtopologies.insert(subtopology.subtopology_id.clone(), shape);
    }
    if !configured.missing.is_empty() {
        let names = configured.missing.iter().map(|t| t.name.as_str()).collect();
        let detail = format!("Internal topics are missing: {}", join(&names));
        configured.problem = Some(Problem { code: status::MISSING_INTERNAL_TOPICS, detail });
    }
    configured
}

fn join(names: &BTreeSet<&str>) -> String {
    names.iter().copied().collect::<Vec<_>>().join(", ")
}

fn missing_sources<'a>(subtopologies: &'a [Subtopology], topics: &dyn TopicView) -> BTreeSet<&'a str> {
    let sources = subtopologies.iter().flat_map(|s| &s.source_topics).map(String::as_str);
    sources.filter(|name| topics.by_name(name).is_none()).collect()
}

/// Partitions of the source topics by name.
type Counts<'a> = BTreeMap<&'a str, i32>;

fn source_counts<'a>(subtopologies: &'a [Subtopology], topics: &dyn TopicView) -> Counts<'a> {
    let sources = subtopologies.iter().flat_map(|s| &s.source_topics);
    sources.filter_map(|name| topics.by_name(name).map(|t| (name.as_str(), t.partitions))).collect()
}

/// The number of tasks of a sub-topology: the most partitions of what it reads.
fn task_count(subtopology: &Subtopology, counts: &Counts<'_>) -> i32 {
    let sources = subtopology.source_topics.iter().map(String::as_str);
    let read = sources.chain(subtopology.repartition_source_topics.iter().map(|t| t.name.as_str()));
    read.filter_map(|name| counts.get(name).copied()).max().unwrap_or(0)
}

/// A repartition topic has as many partitions as asked for, else as the widest of its writers' sources. Writers
/// may read repartition topics themselves, so it is gone through until nothing changes.
fn repartition_counts<'a>(subtopologies: &'a [Subtopology], counts: &mut Counts<'a>) -> Result<(), String> {
    let all: Vec<&TopicInfo> = subtopologies.iter().flat_map(|s| &s.repartition_source_topics).collect();
    for topic in all.iter().filter(|t| t.partitions > 0) {
        counts.insert(&topic.name, topic.partitions);
    }
    for _ in 0..=subtopologies.len() {
        for topic in all.iter().filter(|t| t.partitions <= 0) {
            let writers = subtopologies.iter().filter(|s| s.repartition_sink_topics.contains(&topic.name));
            let widest = writers.map(|s| task_count(s, counts)).max().unwrap_or(0);
            if widest > 0 {
                counts.insert(&topic.name, widest);
            }
        }
    }
    match all.iter().find(|t| !counts.contains_key(t.name.as_str())) {
        None => Ok(()),
        Some(topic) => Err(format!(
            "The number of partitions of the repartition topic {} cannot be found out: nothing that exists writes \
             to it.",
            topic.name
        )),
    }
}

/// Topics of a copartition group must have the same number of partitions; repartition topics without a number of
/// their own are given that of the others.
fn copartition<'a>(subtopology: &'a Subtopology, counts: &mut Counts<'a>) -> Result<(), String> {
    for group in &subtopology.copartition_groups {
        let at = |index: &i16| usize::try_from(*index).ok();
        let sources: Vec<&str> = group
            .source_topics
            .iter()
            .filter_map(|i| subtopology.source_topics.get(at(i)?).map(String::as_str))
            .collect();
        let internal: Vec<&TopicInfo> = group
            .repartition_source_topics
            .iter()
            .filter_map(|i| subtopology.repartition_source_topics.get(at(i)?))
            .collect();
        let fixed: BTreeMap<&str, i32> = sources
            .iter()
            .filter_map(|name| counts.get(name).map(|count| (*name, *count)))
            .chain(internal.iter().filter(|t| t.partitions > 0).map(|t| (t.name.as_str(), t.partitions)))
            .collect();
        let numbers: BTreeSet<i32> = fixed.values().copied().collect();
        if numbers.len() > 1 {
            let shown: Vec<String> = fixed.iter().map(|(name, count)| format!("{name}={count}")).collect();
            return Err(format!(
                "Following topics do not have the same number of partitions: [{}]",
                shown.join(", ")
            ));
        }
        let widest = internal.iter().filter_map(|t| counts.get(t.name.as_str()).copied()).max();
        let Some(common) = numbers.first().copied().or(widest) else { continue };
        for topic in internal.iter().filter(|t| t.partitions <= 0) {
            counts.insert(&topic.name, common);
        }
    }
    Ok(())
}

fn check_internal(
    topic: &TopicInfo,
    partitions: i32,
    topics: &dyn TopicView,
    missing: &mut Vec<TopicInfo>,
) -> Result<(), String> {
    match topics.by_name(&topic.name) {
        Some(found) if found.partitions == partitions => Ok(()),
        Some(found) => Err(format!(
            "Existing topic {} has different number of partitions: expected {partitions}, actual {}",
            topic.name, found.partitions
        )),
        None => {
            if !missing.iter().any(|t| t.name == topic.name) {
                missing.push(TopicInfo { partitions, ..topic.clone() });
            }
            Ok(())
        }
    }
}

/// A number that changes with the topics that a topology uses: their ids and numbers of partitions.
pub(crate) fn topics_hash(subtopologies: &[Subtopology], topics: &dyn TopicView) -> i64 {
    let names: BTreeSet<&str> = subtopologies
        .iter()
        .flat_map(|s| {
            let internal = s.repartition_source_topics.iter().chain(&s.state_changelog_topics);
            s.source_topics.iter().map(String::as_str).chain(internal.map(|t| t.name.as_str()))
        })
        .collect();
    crate::coordinator::topics::hash_of(names.into_iter().filter_map(|name| topics.by_name(name)))
}
