//! What the operators of a case make: streams, tables and what lies between, with what is known of their types.

use streams_core::{Serde, Windowed};
use streams_dsl::KStream;

use crate::conformance::keys::CaseKey;
use crate::conformance::values::{Key, Kind, Val};

/// How windowed keys are written and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyFormat {
    /// Keys without a window.
    Plain,
    /// Windows of this many milliseconds, of which only the start is written.
    Time(i64),
    /// Sessions, of which start and end are written.
    Session,
}

/// The two types of keys.
pub trait OpKey: CaseKey {
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

/// A stream.
#[derive(Debug, Clone)]
pub struct Stream<K> {
    /// The stream.
    pub inner: KStream<K, Val>,
    /// How its keys are written.
    pub keys: KeyFormat,
    /// What its values are.
    pub kind: Kind,
}

impl<K: OpKey> Stream<K> {
    /// The serde of its keys.
    pub fn key_serde(&self) -> Serde<K> {
        K::serde(self.keys)
    }

    /// The serde of its values.
    pub fn value_serde(&self) -> Serde<Val> {
        self.kind.serde()
    }

    /// Another stream with the same keys.
    pub fn with(&self, inner: KStream<K, Val>, kind: Kind) -> Self {
        Self { inner, keys: self.keys, kind }
    }
}

impl Stream<Key> {
    /// A stream of keys without windows.
    pub fn plain(inner: KStream<Key, Val>, kind: Kind) -> Self {
        Self { inner, keys: KeyFormat::Plain, kind }
    }
}

/// Anything that an operator makes.
#[derive(Debug, Clone)]
pub enum Node {
    /// A stream.
    Stream(Stream<Key>),
    /// A stream of windowed keys.
    WindowedStream(Stream<Windowed<Key>>),
}

impl Node {
    /// What it is, for messages.
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Stream(_) => "a stream",
            Self::WindowedStream(_) => "a stream of windowed keys",
        }
    }
}

impl From<Stream<Key>> for Node {
    fn from(stream: Stream<Key>) -> Self {
        Self::Stream(stream)
    }
}

impl From<Stream<Windowed<Key>>> for Node {
    fn from(stream: Stream<Windowed<Key>>) -> Self {
        Self::WindowedStream(stream)
    }
}
