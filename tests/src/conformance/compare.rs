//! Compares what came out of a case with what Kafka Streams did, aspect by aspect.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use streams_core::{Error, ErrorKind};

use super::case::{Case, Expect, ExpectedError, Output, OutputRecord, RawOutput, Throws};
use super::diff;
use super::processors::IllegalState;
use super::run::{Outcome, Run, StepOutcome};

/// Something that is compared by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Aspect {
    /// For each topic what each step sends.
    Steps,
    /// The order of a step's records over all topics.
    Order,
    /// Whether, and how, the topology is refused or a step fails.
    Error,
    /// The stores' contents.
    Stores,
    /// The text of `describe()`.
    Describe,
    /// The keys of the splits' maps.
    Branches,
    /// Internal topics and their settings.
    InternalTopics,
    /// Groups of co-partitioned topics.
    CopartitionGroups,
    /// The changelogs' records.
    Changelogs,
    /// The records of repartition and subscription topics.
    Internal,
}

impl Aspect {
    /// All aspects, in the order of their weight.
    pub const ALL: [Self; 10] = [
        Self::Steps,
        Self::Order,
        Self::Error,
        Self::Stores,
        Self::Describe,
        Self::Branches,
        Self::InternalTopics,
        Self::CopartitionGroups,
        Self::Changelogs,
        Self::Internal,
    ];

    /// The part of a case's `expect` that the aspect is about.
    pub(crate) fn part(self) -> &'static str {
        match self {
            Self::Steps | Self::Order => "steps",
            Self::Error => "error",
            Self::Stores => "stores",
            Self::Describe => "describe",
            Self::Branches => "branches",
            Self::InternalTopics => "internal_topics",
            Self::CopartitionGroups => "copartition_groups",
            Self::Changelogs => "changelogs",
            Self::Internal => "internal",
        }
    }
}

impl fmt::Display for Aspect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(if *self == Self::Order { "order over topics" } else { self.part() })
    }
}

/// What the comparison of one case says: for each aspect that the case has, nothing or the difference.
pub type Verdict = BTreeMap<Aspect, Option<String>>;

/// Compares. A case that cannot be run at all fails in every aspect that it has.
pub(crate) fn compare(case: &Case, run: &Run) -> Verdict {
    let expect = &case.expect;
    match (&expect.error, run) {
        (Some(expected), Run::Refused(error)) => {
            BTreeMap::from([(Aspect::Error, compare_refusal(expected, error))])
        }
        (Some(expected), Run::Ran(_)) => {
            BTreeMap::from([(Aspect::Error, Some(format!("not refused; Kafka says: {}", expected.message)))])
        }
        (_, Run::Unable(reason)) => all_fail(expect, reason),
        (None, Run::Refused(error)) => all_fail(expect, &format!("refused ({:?}): {error}", error.kind())),
        (None, Run::Ran(outcome)) => compare_outcome(expect, outcome),
    }
}

/// The verdict on a case that did not come to an end.
pub(crate) fn all_fail(expect: &Expect, reason: &str) -> Verdict {
    let aspects = aspects(expect);
    aspects.into_iter().map(|aspect| (aspect, Some(reason.to_owned()))).collect()
}

/// The aspects that a case has.
fn aspects(expect: &Expect) -> BTreeSet<Aspect> {
    if expect.error.is_some() {
        return BTreeSet::from([Aspect::Error]);
    }
    let mut aspects = BTreeSet::from([
        Aspect::Steps,
        Aspect::Order,
        Aspect::InternalTopics,
        Aspect::CopartitionGroups,
        Aspect::Changelogs,
        Aspect::Internal,
    ]);
    let throws = expect.steps.iter().flatten().any(|output| matches!(output, Output::Throws(_)));
    aspects.extend(throws.then_some(Aspect::Error));
    aspects.extend(expect.stores.is_some().then_some(Aspect::Stores));
    aspects.extend(expect.describe.is_some().then_some(Aspect::Describe));
    aspects.extend((!expect.branches.is_empty()).then_some(Aspect::Branches));
    aspects
}

fn compare_outcome(expect: &Expect, outcome: &Outcome) -> Verdict {
    let mut verdict = Verdict::new();
    for aspect in aspects(expect) {
        let difference = match aspect {
            Aspect::Steps => compare_steps(expect, outcome, false),
            Aspect::Order => compare_steps(expect, outcome, true),
            Aspect::Error => compare_throws(expect, outcome),
            Aspect::Stores => {
                let expected = expect.stores.clone().unwrap_or_default();
                diff::of_maps(&expected, &outcome.stores)
            }
            Aspect::Describe => {
                diff::of_lists(expect.describe.as_deref().unwrap_or_default(), &outcome.describe)
            }
            Aspect::Branches => diff::of_maps(&expect.branches, &outcome.branches),
            Aspect::InternalTopics => diff::of_maps(&expect.internal_topics, &outcome.internal_topics),
            Aspect::CopartitionGroups => {
                let mut expected = expect.copartition_groups.clone();
                expected.sort();
                diff::of_lists(&expected, &outcome.copartition_groups)
            }
            Aspect::Changelogs => {
                let unordered = &expect.unordered_within_step;
                diff::of_maps(&sorted(&expect.changelogs, unordered), &sorted(&outcome.changelogs, unordered))
            }
            Aspect::Internal => diff::of_maps(&expect.internal, &outcome.internal),
        };
        verdict.insert(aspect, difference);
    }
    verdict
}

/// Topics without records are not listed; those without an order are sorted within each step.
fn sorted(
    topics: &BTreeMap<String, Vec<RawOutput>>,
    unordered: &[String],
) -> BTreeMap<String, Vec<RawOutput>> {
    let mut topics = topics.clone();
    topics.retain(|_, records| !records.is_empty());
    for topic in unordered {
        if let Some(records) = topics.get_mut(topic) {
            records.sort();
        }
    }
    topics
}

fn compare_steps(expect: &Expect, outcome: &Outcome, over_all_topics: bool) -> Option<String> {
    let failed = outcome.steps.iter().position(|step| step.error.is_some());
    if let Some(failure) = failed.and_then(|index| unexpected_failure(expect, outcome, index)) {
        return Some(failure);
    }
    for (index, expected) in expect.steps.iter().enumerate() {
        let (expected, _) = split(expected);
        let Some(actual) = outcome.steps.get(index) else {
            return Some(format!("step {index} was not reached: step {} failed", failed.unwrap_or(0)));
        };
        let difference = if over_all_topics {
            diff::of_lists(&expected, &actual.records)
        } else {
            diff::of_maps(&by_topic(&expected), &by_topic(&actual.records))
        };
        if let Some(difference) = difference {
            return Some(format!("step {index}: {difference}"));
        }
    }
    None
}

/// How a step failed that should not have.
fn unexpected_failure(expect: &Expect, outcome: &Outcome, index: usize) -> Option<String> {
    let error = outcome.steps.get(index)?.error.as_ref()?;
    let (_, throws) = split(expect.steps.get(index).map(Vec::as_slice).unwrap_or_default());
    throws.is_none().then(|| format!("step {index} failed: {}", with_causes(error)))
}

fn split(outputs: &[Output]) -> (Vec<OutputRecord>, Option<&Throws>) {
    let mut records = Vec::new();
    let mut throws = None;
    for output in outputs {
        match output {
            Output::Record(record) => records.push(record.clone()),
            Output::Throws(thrown) => throws = Some(thrown),
        }
    }
    (records, throws)
}

fn by_topic(records: &[OutputRecord]) -> BTreeMap<String, Vec<OutputRecord>> {
    let mut topics: BTreeMap<String, Vec<OutputRecord>> = BTreeMap::new();
    for record in records {
        topics.entry(record.topic.clone()).or_default().push(record.clone());
    }
    topics
}

/// Whether the library's error is of the kind that Kafka's exception stands for.
fn compare_refusal(expected: &ExpectedError, error: &Error) -> Option<String> {
    let class = expected.class.rsplit('.').next().unwrap_or_default();
    let fits = match class {
        "TopologyException" => error.kind() == ErrorKind::Topology,
        "IllegalArgumentException" => error.kind() == ErrorKind::Argument,
        "ConfigException" => error.kind() == ErrorKind::Config,
        _ => !matches!(error.kind(), ErrorKind::Bug),
    };
    (!fits).then(|| format!("Kafka: {class} ({}); here: {:?} ({error})", expected.message, error.kind()))
}

fn compare_throws(expect: &Expect, outcome: &Outcome) -> Option<String> {
    for (index, expected) in expect.steps.iter().enumerate() {
        let (_, throws) = split(expected);
        let Some(throws) = throws else { continue };
        let Some(StepOutcome { error: Some(error), .. }) = outcome.steps.get(index) else {
            return Some(format!("step {index} did not fail; Kafka throws {}", throws.root));
        };
        let fits = match throws.root.rsplit('.').next().unwrap_or_default() {
            "SerializationException" => error.kind() == ErrorKind::Data,
            "IllegalStateException" => error.root_cause().is::<IllegalState>(),
            _ => !matches!(error.kind(), ErrorKind::Bug),
        };
        if !fits {
            let here = with_causes(error);
            return Some(format!(
                "step {index}: Kafka throws {}; here: {:?} ({here})",
                throws.root,
                error.kind()
            ));
        }
    }
    None
}

fn with_causes(error: &Error) -> String {
    let root = error.root_cause().to_string();
    let message = error.to_string();
    if message.contains(&root) { message } else { format!("{message}: {root}") }
}
