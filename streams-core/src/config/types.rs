//! Typed values of the configuration.

/// `processing.guarantee`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum ProcessingGuarantee {
    /// No record is lost; after a failure some may be processed again.
    #[default]
    AtLeastOnce,
    /// The results are as if each record were processed exactly once, by transactions (KIP-447).
    ExactlyOnceV2,
}

impl ProcessingGuarantee {
    /// The value of the key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AtLeastOnce => "at_least_once",
            Self::ExactlyOnceV2 => "exactly_once_v2",
        }
    }
}

/// `group.protocol`: who assigns the tasks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum GroupProtocol {
    /// A plain consumer group, for clusters older than Kafka 4.2.
    Classic,
    /// The streams rebalance protocol: the broker assigns (KIP-1071).
    Streams,
}

impl GroupProtocol {
    /// The value of the key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Streams => "streams",
        }
    }
}

/// Where the stores of DSL operators live (`dsl.store.suppliers.class`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum DslStoreKind {
    /// On disk, in RocksDB.
    #[default]
    RocksDb,
    /// In memory.
    InMemory,
}

impl DslStoreKind {
    /// The value of the key.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::RocksDb => "rocksdb",
            Self::InMemory => "memory",
        }
    }
}

/// `topology.optimization`: what the DSL may rewrite (KIP-295).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Optimizations {
    /// Tables restore from their source topic instead of a changelog.
    pub reuse_ktable_source_topics: bool,
    /// Several repartition topics behind one change of key become one.
    pub merge_repartition_topics: bool,
    /// A stream joined with itself has one store instead of two (KIP-862).
    pub single_store_self_join: bool,
}

impl Optimizations {
    /// No optimization: the default.
    pub const NONE: Self = Self {
        reuse_ktable_source_topics: false,
        merge_repartition_topics: false,
        single_store_self_join: false,
    };
    /// All optimizations.
    pub const ALL: Self = Self {
        reuse_ktable_source_topics: true,
        merge_repartition_topics: true,
        single_store_self_join: true,
    };

    /// The value of the key.
    pub fn to_value(self) -> String {
        match self {
            Self::NONE => "none".to_owned(),
            Self::ALL => "all".to_owned(),
            some => [
                (some.reuse_ktable_source_topics, "reuse.ktable.source.topics"),
                (some.merge_repartition_topics, "merge.repartition.topics"),
                (some.single_store_self_join, "single.store.self.join"),
            ]
            .iter()
            .filter_map(|(chosen, name)| chosen.then_some(*name))
            .collect::<Vec<_>>()
            .join(","),
        }
    }
}
