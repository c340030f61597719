//! A case file: a topology as a list of operators, the steps that feed it, and what Kafka Streams did with them.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

use super::hex;
use super::op::Op;

/// One scenario.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Case {
    /// The case's name, which is its file's name.
    pub(crate) name: String,
    /// Tags to select by.
    #[serde(default)]
    pub(crate) features: Vec<String>,
    /// Whether the builder itself is given the configuration.
    #[serde(default)]
    pub(crate) topology_config: bool,
    /// Settings by Kafka's names.
    #[serde(default)]
    pub(crate) config: BTreeMap<String, Value>,
    /// The topology, in the order in which it is built.
    pub(crate) ops: Vec<Op>,
    /// What is fed, in order.
    pub(crate) steps: Vec<Step>,
    /// Parts of the outcome that differ on the other type of store.
    #[serde(default)]
    pub(crate) other_store_differs_in: Vec<String>,
    /// The outcome.
    pub(crate) expect: Expect,
}

/// The setting that says where the DSL's stores are.
const STORE_TYPE: &str = "dsl.store.suppliers.class";

impl Case {
    /// The same case with the DSL's stores in memory instead of on disk, or the reverse.
    pub(crate) fn on_other_store(mut self) -> Self {
        let in_memory = self.config.get(STORE_TYPE).is_some_and(|class| class == "memory");
        let other = if in_memory { "rocksdb" } else { "memory" };
        self.config.insert(STORE_TYPE.to_owned(), Value::String(other.to_owned()));
        self
    }

    /// Whether a restart between two steps changes nothing: not so where a processor or a store remembers the stream time,
    /// a punctuation or a number, where a store has no changelog, or where a cache shows what an LRU store pushed out.
    pub(crate) fn survives_restarts(&self) -> bool {
        let remembers = |op: &Op| {
            matches!(op.op.as_str(), "windowed_by" | "join_stream" | "suppress")
                || op.params().mentions(&[
                    "versioned",
                    "logging",
                    "grace",
                    "interval_ms",
                    "retain_duplicates",
                ])
        };
        let caches = self.config.get("statestore.cache.max.bytes").and_then(Value::as_u64).unwrap_or(0) > 0;
        let shows_more = |op: &Op| caches && op.params().mentions(&["max"]);
        !self.ops.iter().any(|op| remembers(op) || shows_more(op))
    }

    /// Whether the case shows a defect of Kafka's that nobody needs to reproduce.
    pub(crate) fn shows_kafka_bug(&self) -> bool {
        self.features.iter().any(|feature| feature == "kafka-bug")
    }
}

/// One step.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Step {
    /// A record is piped in.
    Pipe(Input),
    /// The wall clock moves by so many milliseconds.
    AdvanceWallClockMs(i64),
}

/// A record that is piped in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Input {
    /// The topic.
    pub(crate) topic: String,
    /// The key.
    pub(crate) key: Datum,
    /// The value.
    pub(crate) value: Datum,
    /// Milliseconds since the epoch; may be negative.
    pub(crate) ts: i64,
    /// Names and values.
    #[serde(default)]
    pub(crate) headers: Vec<(String, Option<String>)>,
}

/// A key or a value as a case file writes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Datum {
    /// Kafka's null.
    Null,
    /// A string; of windowed keys, the string `[key@start/end]`.
    Text(String),
    /// A Long.
    Long(i64),
    /// Bytes as they are: inputs that do not decode.
    Bytes(Vec<u8>),
}

impl Datum {
    /// The bytes that Kafka's serializers make of it.
    pub(crate) fn to_bytes(&self) -> Option<Vec<u8>> {
        match self {
            Self::Null => None,
            Self::Text(text) => Some(text.as_bytes().to_vec()),
            Self::Long(long) => Some(long.to_be_bytes().to_vec()),
            Self::Bytes(bytes) => Some(bytes.clone()),
        }
    }
}

impl fmt::Display for Datum {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Long(long) => write!(f, "{long}"),
            Self::Bytes(bytes) => write!(f, "0x{}", hex::encode(bytes)),
        }
    }
}

impl<'de> Deserialize<'de> for Datum {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Value::deserialize(deserializer)? {
            Value::Null => Ok(Self::Null),
            Value::String(text) => Ok(Self::Text(text)),
            Value::Number(number) => number
                .as_i64()
                .map(Self::Long)
                .ok_or_else(|| de::Error::custom(format!("{number} is not a signed 64-bit integer"))),
            Value::Object(object) => object
                .get("hex")
                .and_then(Value::as_str)
                .and_then(hex::decode)
                .map(Self::Bytes)
                .ok_or_else(|| de::Error::custom("an object as key or value must be {\"hex\": \"…\"}")),
            other => Err(de::Error::custom(format!("{other} is neither a key nor a value"))),
        }
    }
}

/// What must come out.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Expect {
    /// The lines of `describe()`.
    pub(crate) describe: Option<Vec<String>>,
    /// The keys of the map that each split returns.
    pub(crate) branches: BTreeMap<String, Vec<String>>,
    /// Repartition topics and changelogs.
    pub(crate) internal_topics: BTreeMap<String, ExpectedTopic>,
    /// Topics that must have the same number of partitions.
    pub(crate) copartition_groups: Vec<Vec<String>>,
    /// What each step sends to the topics that are not internal.
    pub(crate) steps: Vec<Vec<Output>>,
    /// The stores' contents after the last step.
    pub(crate) stores: Option<BTreeMap<String, ExpectedStore>>,
    /// What was sent to each changelog.
    pub(crate) changelogs: BTreeMap<String, Vec<RawOutput>>,
    /// What was sent to each other internal topic.
    pub(crate) internal: BTreeMap<String, Vec<RawOutput>>,
    /// Changelogs whose order within a step means nothing.
    pub(crate) unordered_within_step: Vec<String>,
    /// The refusal, instead of all the above.
    pub(crate) error: Option<ExpectedError>,
}

/// An internal topic.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ExpectedTopic {
    /// `repartition`, `changelog` or `source-as-changelog`.
    pub(crate) kind: String,
    /// The number of partitions, if it is fixed.
    #[serde(default)]
    pub(crate) partitions: Option<i32>,
    /// The topic's settings.
    #[serde(default)]
    pub(crate) config: BTreeMap<String, String>,
}

/// What a step sends, or how it fails.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
pub(crate) enum Output {
    /// The step fails; no other step follows.
    Throws(Throws),
    /// A record.
    Record(OutputRecord),
}

/// How a step fails.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct Throws {
    /// The class of the exception.
    pub(crate) throws: String,
    /// The class of its innermost cause.
    pub(crate) root: String,
}

/// A record that came out.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct OutputRecord {
    /// The topic.
    pub(crate) topic: String,
    /// The key.
    pub(crate) key: Datum,
    /// The value.
    pub(crate) value: Datum,
    /// Milliseconds since the epoch.
    pub(crate) ts: i64,
    /// Names and values.
    #[serde(default)]
    pub(crate) headers: Vec<(String, Option<String>)>,
}

/// A record of an internal topic, as bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RawOutput {
    /// The index of the step.
    pub(crate) s: usize,
    /// The key, as hex.
    pub(crate) k: Option<String>,
    /// The value, as hex; `None` is a tombstone.
    pub(crate) v: Option<String>,
    /// Milliseconds since the epoch; `None`: sent without a timestamp.
    #[serde(default)]
    pub(crate) ts: Option<i64>,
    /// Headers as name and hex.
    #[serde(default)]
    pub(crate) h: Vec<(String, Option<String>)>,
}

/// A store's contents.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ExpectedStore {
    /// `ts-kv`, `kv`, `ts-window`, `window`, `session` or `versioned`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// Sorted by key, start and end.
    pub(crate) entries: Vec<StoreEntry>,
}

/// An entry of a store; which fields it has depends on the store's kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StoreEntry {
    /// The key; of windowed keys, the inner one.
    pub(crate) key: Datum,
    /// The window's start.
    #[serde(default)]
    pub(crate) start: Option<i64>,
    /// The window's end.
    #[serde(default)]
    pub(crate) end: Option<i64>,
    /// Of versioned stores: the time that was asked for.
    #[serde(default)]
    pub(crate) as_of: Option<i64>,
    /// The value.
    pub(crate) value: Datum,
    /// The value's timestamp, where the store has one.
    #[serde(default)]
    pub(crate) ts: Option<i64>,
}

/// A refusal.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct ExpectedError {
    /// `build` or `start`.
    #[serde(default)]
    pub(crate) phase: String,
    /// The exception's class.
    pub(crate) class: String,
    /// Kafka's message, for information.
    #[serde(default)]
    pub(crate) message: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longs_are_read_exactly() {
        let datum: Datum = serde_json::from_str("9223372036854775807").unwrap();
        assert_eq!(datum, Datum::Long(i64::MAX));
        assert!(serde_json::from_str::<Datum>("1.5").is_err());
        assert!(serde_json::from_str::<Datum>("9223372036854775808").is_err());
    }

    #[test]
    fn data_become_the_bytes_of_kafkas_serializers() {
        let bytes = |json: &str| serde_json::from_str::<Datum>(json).unwrap().to_bytes();
        assert_eq!(bytes("null"), None);
        assert_eq!(bytes("\"aż\""), Some("aż".as_bytes().to_vec()));
        assert_eq!(bytes("258"), Some(vec![0, 0, 0, 0, 0, 0, 1, 2]));
        assert_eq!(bytes("{\"hex\": \"0102\"}"), Some(vec![1, 2]));
    }

    #[test]
    fn steps_and_outputs_are_told_apart() {
        let steps: Vec<Step> = serde_json::from_str(
            r#"[{"pipe": {"topic": "in", "key": null, "value": 1, "ts": -1}}, {"advance_wall_clock_ms": 10}]"#,
        )
        .unwrap();
        assert!(matches!(&steps[..], [Step::Pipe(_), Step::AdvanceWallClockMs(10)]));
        let outputs: Vec<Output> = serde_json::from_str(
            r#"[{"topic": "out", "key": "a", "value": null, "ts": 1}, {"throws": "a.B", "root": "c.D"}]"#,
        )
        .unwrap();
        assert!(matches!(&outputs[..], [Output::Record(_), Output::Throws(_)]));
    }
}
