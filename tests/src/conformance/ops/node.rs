//! What the operators of a case make: streams, tables and what lies between, with what is known of their types.

use streams_core::{DefaultSerde, Serde, Windowed};
use streams_dsl::{
    CogroupedKStream, GlobalKTable, KGroupedStream, KGroupedTable, KStream, KTable,
    SessionWindowedCogroupedKStream, SessionWindowedKStream, TimeWindowedCogroupedKStream,
    TimeWindowedKStream,
};

use super::materialized::WindowTimes;

use crate::conformance::keys::CaseKey;
use crate::conformance::values::{Key, Kind, Val};

/// How windowed keys are written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyFormat {
    /// Keys without a window.
    Plain,
    /// Windows of this many milliseconds, of which only the start is written.
    Time(i64),
    /// Sessions, of which start and end are written.
    Session,
}

/// The two types of keys.
pub(crate) trait OpKey: CaseKey {
    /// The serde of keys of that format.
    fn serde(format: KeyFormat) -> Serde<Self>;
}

impl OpKey for Key {
    fn serde(_: KeyFormat) -> Serde<Self> {
        Kind::key_serde()
    }
}

impl OpKey for Windowed<Key> {
    fn serde(format: KeyFormat) -> Serde<Self> {
        match format {
            KeyFormat::Time(size_ms) => Kind::key_serde().time_windowed(size_ms),
            KeyFormat::Plain | KeyFormat::Session => Kind::key_serde().session_windowed(),
        }
    }
}

/// The two types of tables' values: `count` makes plain numbers.
pub(crate) trait OpValue: Clone + Send + Sync + 'static {
    /// The value as named functions see it.
    fn val(&self) -> Val;

    /// The serde of values of that kind.
    fn serde(kind: Kind) -> Serde<Self>;
}

impl OpValue for Val {
    fn val(&self) -> Val {
        self.clone()
    }

    fn serde(kind: Kind) -> Serde<Self> {
        kind.serde()
    }
}

impl OpValue for i64 {
    fn val(&self) -> Val {
        Val::Long(*self)
    }

    fn serde(_: Kind) -> Serde<Self> {
        Self::default_serde()
    }
}

/// Something of the library's with what is known of its types.
#[derive(Debug, Clone)]
pub(crate) struct Typed<T> {
    /// The thing.
    pub(crate) inner: T,
    /// How its keys are written.
    pub(crate) keys: KeyFormat,
    /// What its values are.
    pub(crate) kind: Kind,
}

impl<T> Typed<T> {
    /// Another thing with the same keys.
    pub(crate) fn with<U>(&self, inner: U, kind: Kind) -> Typed<U> {
        Typed { inner, keys: self.keys, kind }
    }

    /// A thing whose keys have no windows.
    pub(crate) fn plain(inner: T, kind: Kind) -> Self {
        Self { inner, keys: KeyFormat::Plain, kind }
    }
}

/// A stream.
pub(crate) type Stream<K> = Typed<KStream<K, Val>>;

/// A table.
pub(crate) type Table<K, V> = Typed<KTable<K, V>>;

/// A stream that is grouped by key.
pub(crate) type GroupedStream<K> = Typed<KGroupedStream<K, Val>>;

/// Something by windows.
#[derive(Debug, Clone)]
pub(crate) struct InWindows<T> {
    /// The thing.
    pub(crate) inner: T,
    /// How the windowed keys of its results are written.
    pub(crate) keys: KeyFormat,
    /// What its values are.
    pub(crate) kind: Kind,
    /// What stores must know of the windows.
    pub(crate) times: WindowTimes,
}

impl<K: OpKey> Stream<K> {
    /// The serde of its keys.
    pub(crate) fn key_serde(&self) -> Serde<K> {
        K::serde(self.keys)
    }

    /// The serde of its values.
    pub(crate) fn value_serde(&self) -> Serde<Val> {
        self.kind.serde()
    }
}

/// Declares the enumeration of all that operators make, how each is made into it, and what it is called in messages.
macro_rules! nodes {
    ($($(#[$doc:meta])* $name:ident($inner:ty) = $text:literal;)*) => {
        /// Anything that an operator makes.
        #[derive(Debug, Clone)]
        pub(crate) enum Node {
            $($(#[$doc])* $name($inner),)*
        }

        impl Node {
            /// What it is, for messages.
            pub(crate) fn describe(&self) -> &'static str {
                match self {
                    $(Self::$name(_) => $text,)*
                }
            }
        }

        $(impl From<$inner> for Node {
            fn from(inner: $inner) -> Self {
                Self::$name(inner)
            }
        })*
    };
}

nodes! {
    /// A stream.
    Stream(Stream<Key>) = "a stream";
    /// A stream by windowed keys.
    WindowedStream(Stream<Windowed<Key>>) = "a stream by windowed keys";
    /// A table.
    Table(Table<Key, Val>) = "a table";
    /// A table of counts.
    CountTable(Table<Key, i64>) = "a table of counts";
    /// A table by windowed keys.
    WindowedTable(Table<Windowed<Key>, Val>) = "a table by windowed keys";
    /// A table of counts by windowed keys.
    WindowedCountTable(Table<Windowed<Key>, i64>) = "a table of counts by windowed keys";
    /// A global table.
    GlobalTable(Typed<GlobalKTable<Key, Val>>) = "a global table";
    /// A grouped stream.
    GroupedStream(GroupedStream<Key>) = "a grouped stream";
    /// A grouped stream by windowed keys.
    GroupedWindowedStream(GroupedStream<Windowed<Key>>) = "a grouped stream by windowed keys";
    /// A grouped stream by windows of time.
    InTime(InWindows<TimeWindowedKStream<Key, Val>>) = "a windowed stream";
    /// A grouped stream by sessions.
    InSessions(InWindows<SessionWindowedKStream<Key, Val>>) = "a stream by sessions";
    /// A grouped table.
    GroupedTable(Typed<KGroupedTable<Key, Val>>) = "a grouped table";
    /// Cogrouped streams.
    Cogrouped(Typed<CogroupedKStream<Key, Val>>) = "a cogrouped stream";
    /// Cogrouped streams by windows of time.
    CogroupedInTime(InWindows<TimeWindowedCogroupedKStream<Key, Val>>) = "a windowed cogrouped stream";
    /// Cogrouped streams by sessions.
    CogroupedInSessions(InWindows<SessionWindowedCogroupedKStream<Key, Val>>) = "a cogrouped stream by sessions";
}
