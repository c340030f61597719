//! `Materialized`: the store behind a table.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use streams_core::{
    DefaultSerde, DslStoreKind, KeyValueStoreSupplier, SessionStoreSupplier, VersionedKeyValueStoreSupplier,
    WindowStoreSupplier,
};

use super::{Named, SerdeChoice, serde_methods};

/// A store that a user chose himself, instead of leaving the choice to `dsl.store.suppliers.class`.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum StoreSupplier {
    /// A key-value store.
    KeyValue(KeyValueStoreSupplier),
    /// A key-value store that keeps versions (KIP-889).
    Versioned(VersionedKeyValueStoreSupplier),
    /// A window store.
    Window(WindowStoreSupplier),
    /// A session store.
    Session(SessionStoreSupplier),
}

impl StoreSupplier {
    /// The store's name.
    pub fn name(&self) -> &str {
        match self {
            Self::KeyValue(supplier) => supplier.name(),
            Self::Versioned(supplier) => supplier.name(),
            Self::Window(supplier) => supplier.name(),
            Self::Session(supplier) => supplier.name(),
        }
    }
}

macro_rules! from_supplier {
    ($($variant:ident($supplier:ty)),* $(,)?) => {$(
        impl From<$supplier> for StoreSupplier {
            fn from(supplier: $supplier) -> Self {
                Self::$variant(supplier)
            }
        }
    )*};
}

from_supplier!(
    KeyValue(KeyValueStoreSupplier),
    Versioned(VersionedKeyValueStoreSupplier),
    Window(WindowStoreSupplier),
    Session(SessionStoreSupplier),
);

/// The store behind a table: name, serdes, kind, changelog, record cache, retention.
///
/// With a name (its own or that of a supplier) the store can be queried under it, and a table that would otherwise be
/// computed when needed is kept. `K` is the key without a window, also for windowed tables.
pub struct Materialized<K, V> {
    pub(crate) key_serde: SerdeChoice<K>,
    pub(crate) value_serde: SerdeChoice<V>,
    pub(crate) named: Named,
    pub(crate) supplier: Option<StoreSupplier>,
    pub(crate) options: StoreOptions,
}

/// What is said of a store beyond its name and types.
#[derive(Debug, Clone)]
pub(crate) struct StoreOptions {
    pub(crate) kind: Option<DslStoreKind>,
    pub(crate) logging: bool,
    pub(crate) log_config: BTreeMap<String, String>,
    pub(crate) caching: bool,
    pub(crate) retention: Option<Duration>,
}

serde_methods!(Materialized);

impl<K: 'static, V: 'static> Materialized<K, V> {
    fn of(key_serde: SerdeChoice<K>, value_serde: SerdeChoice<V>) -> Self {
        let options = StoreOptions {
            kind: None,
            logging: true,
            log_config: BTreeMap::new(),
            caching: true,
            retention: None,
        };
        Self { key_serde, value_serde, named: Named::none(), supplier: None, options }
    }

    /// The key serde of the stream or table, and the default serde of values.
    pub(crate) fn of_values() -> Self
    where
        V: DefaultSerde,
    {
        Self::of(SerdeChoice::inherited(), SerdeChoice::of_type())
    }

    /// Names the store.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }

    /// A store of the user's choice, and its name.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let few = KeyValueStoreSupplier::lru("recent", 2);
    /// // A record cache would go on showing what the store has pushed out.
    /// let stored = Materialized::as_("recent").with_supplier(few).with_caching_disabled();
    /// builder.table_with::<String, i64>("in", Consumed::new(), stored);
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// for key in ["a", "b", "c"] {
    ///     input.pipe_input(key, 1)?;
    /// }
    /// let mut recent = driver.timestamped_key_value_store::<String, i64>("recent")?;
    /// assert!(recent.get(&"a".to_owned())?.is_none());
    /// assert!(recent.get(&"c".to_owned())?.is_some());
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_supplier(mut self, supplier: impl Into<StoreSupplier>) -> Self {
        self.supplier = Some(supplier.into());
        self
    }

    /// On disk or in memory, instead of what `dsl.store.suppliers.class` says (KIP-591).
    #[must_use]
    pub fn with_store_type(mut self, kind: DslStoreKind) -> Self {
        self.options.kind = Some(kind);
        self
    }

    /// Changes go to a changelog topic, created with these settings on top of the library's (the default, without
    /// settings).
    #[must_use]
    pub fn with_logging_enabled(mut self, config: BTreeMap<String, String>) -> Self {
        self.options.logging = true;
        self.options.log_config = config;
        self
    }

    /// Changes go nowhere: the store starts empty wherever its task moves to.
    #[must_use]
    pub fn with_logging_disabled(mut self) -> Self {
        self.options.logging = false;
        self
    }

    /// Updates are held back in the record cache until the next commit (the default; the cache's size is
    /// `statestore.cache.max.bytes`).
    #[must_use]
    pub fn with_caching_enabled(mut self) -> Self {
        self.options.caching = true;
        self
    }

    /// Every update is forwarded at once.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let grouped = builder.stream::<String, String>("in").group_by_key();
    /// grouped.count_with(Materialized::as_("counts").with_caching_disabled()).to_stream_of_values().to("out");
    ///
    /// let driver = TopologyTestDriver::builder().commit_each_record(false).build(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input("a", "x")?;
    /// input.pipe_input("a", "y")?;
    /// // Nothing waits for a commit.
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [1, 2]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_caching_disabled(mut self) -> Self {
        self.options.caching = false;
        self
    }

    /// How long a windowed store keeps windows. At least the window's size and grace, which is the default.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let minutes = TimeWindows::of_size_with_no_grace(Duration::from_secs(60));
    /// let kept = Materialized::as_("per-minute").with_retention(Duration::from_secs(3600)); // to be asked for
    /// builder.stream::<String, String>("in").group_by_key().windowed_by(minutes).count_with(kept);
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// input.pipe_input_at("a", "x", 0)?;
    /// input.pipe_input_at("a", "x", 1_800_000)?;
    /// let mut store = driver.timestamped_window_store::<String, i64>("per-minute")?;
    /// assert_eq!(store.fetch(&"a".to_owned(), 0)?.map(|count| count.value), Some(1));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_retention(mut self, retention: Duration) -> Self {
        self.options.retention = Some(retention);
        self
    }

    /// The name that the user gave the store, if any.
    pub(crate) fn store_name(&self) -> Option<&str> {
        self.supplier.as_ref().map(StoreSupplier::name).or(self.named.name())
    }

    /// Whether nothing is said of the store, so that all of it may be made up.
    pub(crate) fn is_inherited(&self) -> bool {
        self.store_name().is_none() && self.key_serde.is_inherited() && self.value_serde.is_inherited()
    }

    /// Whether the store keeps versions.
    pub(crate) fn is_versioned(&self) -> bool {
        matches!(self.supplier, Some(StoreSupplier::Versioned(_)))
    }
}

impl<K, V> Clone for Materialized<K, V> {
    fn clone(&self) -> Self {
        Self {
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
            named: self.named.clone(),
            supplier: self.supplier.clone(),
            options: self.options.clone(),
        }
    }
}

impl<K, V> fmt::Debug for Materialized<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Materialized")
            .field("named", &self.named)
            .field("supplier", &self.supplier)
            .field("options", &self.options)
            .finish_non_exhaustive()
    }
}

/// What may be given to an operator that makes a table with a store: a name, a [`Materialized`], or both.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not describe a table of `{V}` by `{K}`",
    note = "give a `Named`, a `Materialized<{K}, {V}>`, or a tuple of both",
    note = "a `Named` alone needs key and value types with a default serde"
)]
pub trait StoredParams<K, V> {
    /// Name and store.
    fn into_parts(self) -> (Named, Materialized<K, V>);

    /// Whether there is a [`Materialized`] among the parameters.
    fn has_materialized(&self) -> bool {
        true
    }
}

/// What may be given to an operator on tables that needs no store: a name, a [`Materialized`], or both.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not describe a table of `{V}` by `{K}`",
    note = "give a `Named`, a `Materialized<{K}, {V}>`, or a tuple of both"
)]
pub trait ViewParams<K, V> {
    /// Name and, if one is wanted, store.
    fn into_parts(self) -> (Named, Option<Materialized<K, V>>);
}

impl<K: DefaultSerde, V: DefaultSerde> StoredParams<K, V> for Named {
    fn into_parts(self) -> (Named, Materialized<K, V>) {
        (self, Materialized::new())
    }

    fn has_materialized(&self) -> bool {
        false
    }
}

impl<K, V> StoredParams<K, V> for Materialized<K, V> {
    fn into_parts(self) -> (Named, Materialized<K, V>) {
        (Named::none(), self)
    }
}

impl<K, V> StoredParams<K, V> for (Named, Materialized<K, V>) {
    fn into_parts(self) -> (Named, Materialized<K, V>) {
        self
    }
}

impl<K, V> ViewParams<K, V> for Named {
    fn into_parts(self) -> (Named, Option<Materialized<K, V>>) {
        (self, None)
    }
}

impl<K, V> ViewParams<K, V> for Materialized<K, V> {
    fn into_parts(self) -> (Named, Option<Materialized<K, V>>) {
        (Named::none(), Some(self))
    }
}

impl<K, V> ViewParams<K, V> for (Named, Materialized<K, V>) {
    fn into_parts(self) -> (Named, Option<Materialized<K, V>>) {
        (self.0, Some(self.1))
    }
}
