//! The store of a table as the graph knows it: name, serdes, options; the kind is decided at the build.

use std::sync::Arc;

use streams_core::{
    DslStoreKind, Error, GeneratedName, KeyValueStoreSupplier, Result, Serde, StoreBuilder,
    TimestampedKeyValueStoreBuilder, VersionedKeyValueStoreBuilder, validate_name,
};

use crate::graph::{GraphHandle, Lowering};
use crate::params::{Materialized, StoreOptions, StoreSupplier};
use crate::prefixes;
use crate::stream::missing_serde;

/// A store's builder, with a changelog or without one. The builders have these methods in common, but no trait.
macro_rules! logged {
    ($builder:expr, $logging:expr, $config:expr) => {
        if $logging {
            $builder.with_logging_enabled($config.clone())
        } else {
            $builder.with_logging_disabled()
        }
    };
}
pub(crate) use logged;

/// Where a store lives, and whether Kafka would make one with headers of it: of its own kinds, those on disk alone.
#[derive(Debug, Clone, Copy)]
pub(crate) struct StoreForm {
    pub(crate) kind: DslStoreKind,
    pub(crate) headers: bool,
}

/// The store of a table.
pub(crate) struct StoreSpec<K, V> {
    pub(crate) name: Arc<str>,
    /// Whether the user named it.
    pub(crate) queryable: bool,
    pub(crate) supplier: Option<StoreSupplier>,
    pub(crate) options: StoreOptions,
    /// `None` after an error that `build()` will report.
    pub(crate) serdes: Option<(Serde<K>, Serde<V>)>,
}

impl<K: 'static, V: 'static> StoreSpec<K, V> {
    /// The store that `materialized` describes. Without a name it is called `prefix` + `STATE-STORE-` + a number, which
    /// is used up then and only then. Serdes that are not given are those of `upstream`.
    pub(crate) fn new(
        graph: &GraphHandle,
        materialized: Materialized<K, V>,
        prefix: &str,
        upstream: (Option<&Serde<K>>, Option<&Serde<V>>),
    ) -> Self {
        let given = materialized.store_name().map(str::to_owned);
        let name = match &given {
            Some(name) => {
                graph.check(validate_name(name));
                name.as_str().into()
            }
            None => graph.generate(&format!("{prefix}{}", prefixes::STATE_STORE)),
        };
        Self::named(graph, name, given.is_some(), materialized, upstream)
    }

    /// As [`StoreSpec::new`], with the name settled.
    pub(crate) fn named(
        graph: &GraphHandle,
        name: Arc<str>,
        queryable: bool,
        materialized: Materialized<K, V>,
        upstream: (Option<&Serde<K>>, Option<&Serde<V>>),
    ) -> Self {
        if materialized.supplier.is_some() && materialized.options.kind.is_some() {
            graph.fail(Error::argument(format!(
                "`Materialized` of store `{name}` has both a supplier and a store type: the supplier decides the type"
            )));
        }
        let keys = materialized.key_serde.resolve(upstream.0);
        let values = materialized.value_serde.resolve(upstream.1);
        if keys.is_none() {
            graph.fail(missing_serde::<K>("keys", &name));
        }
        if values.is_none() {
            graph.fail(missing_serde::<V>("values", &name));
        }
        let Materialized { supplier, options, .. } = materialized;
        Self { name, queryable, supplier, options, serdes: keys.zip(values) }
    }

    /// The name, if the user gave one.
    pub(crate) fn queryable_name(&self) -> Option<Arc<str>> {
        self.queryable.then(|| Arc::clone(&self.name))
    }

    /// How far back a versioned store remembers, in milliseconds.
    pub(crate) fn history_retention_ms(&self) -> Option<i64> {
        match &self.supplier {
            Some(StoreSupplier::Versioned(supplier)) => Some(supplier.history_retention_ms()),
            _ => None,
        }
    }

    /// The serdes, which are there unless the build failed.
    pub(crate) fn serdes(&self) -> Result<(Serde<K>, Serde<V>)> {
        self.serdes.clone().ok_or_else(|| missing_serde::<(K, V)>("entries", &self.name))
    }

    /// The form of store that was asked for, or that the configuration says.
    pub(crate) fn form(&self, to: &Lowering<'_>) -> StoreForm {
        let kind = self.options.kind.unwrap_or(to.settings.store_kind);
        let own_on_disk = self.supplier.is_none() && kind == DslStoreKind::RocksDb;
        StoreForm { kind, headers: to.settings.store_headers && own_on_disk }
    }

    /// Adds a key-value store (timestamped or versioned) to the topology and connects it to a processor.
    pub(crate) fn add_key_value(&self, to: &mut Lowering<'_>, processor: &str) -> Result<()> {
        let form = self.form(to);
        self.add_shared(to, || self.key_value_builder(form, self.options.logging), processor)
    }

    /// The builder of a key-value store.
    pub(crate) fn key_value_builder(
        &self,
        StoreForm { kind, headers }: StoreForm,
        logging: bool,
    ) -> Result<Arc<dyn StoreBuilder>> {
        let (keys, values) = self.serdes()?;
        let StoreOptions { log_config, caching, .. } = &self.options;
        let supplier = match (&self.supplier, kind) {
            (Some(StoreSupplier::KeyValue(supplier)), _) => supplier.clone(),
            (Some(StoreSupplier::Versioned(supplier)), _) => {
                let builder = VersionedKeyValueStoreBuilder::with_serdes(supplier.clone(), keys, values);
                return Ok(Arc::new(logged!(builder, logging, log_config)));
            }
            (Some(other), _) => return Err(self.wrong_supplier(other, "key-value")),
            (None, DslStoreKind::RocksDb) => KeyValueStoreSupplier::persistent_timestamped(&*self.name),
            (None, DslStoreKind::InMemory) => KeyValueStoreSupplier::in_memory(&*self.name),
        };
        let builder = TimestampedKeyValueStoreBuilder::with_serdes(supplier, keys, values);
        let builder = logged!(builder, logging, log_config);
        let builder = if headers { builder.with_tombstone_headers() } else { builder };
        Ok(Arc::new(if *caching { builder.with_caching_enabled() } else { builder }))
    }

    /// As [`StoreSpec::add`], for a store that several processors may share: it is built for the first one.
    pub(crate) fn add_shared(
        &self,
        to: &mut Lowering<'_>,
        builder: impl FnOnce() -> Result<Arc<dyn StoreBuilder>>,
        processor: &str,
    ) -> Result<()> {
        let identity = std::ptr::from_ref(self).addr();
        let builder = match to.shared_stores.get(&identity) {
            Some(builder) => Arc::clone(builder),
            None => {
                let builder = builder()?;
                to.shared_stores.insert(identity, Arc::clone(&builder));
                builder
            }
        };
        self.add(to, builder, processor)
    }

    /// Adds a store to the topology and connects it to a processor.
    pub(crate) fn add(
        &self,
        to: &mut Lowering<'_>,
        builder: Arc<dyn StoreBuilder>,
        processor: &str,
    ) -> Result<()> {
        self.note_generated(to, self.options.logging);
        to.topology.add_state_store(builder, [processor])?;
        Ok(())
    }

    /// Tells the topology if the store's name, and with it that of the changelog it has, was made up (KIP-1111).
    pub(crate) fn note_generated(&self, to: &mut Lowering<'_>, changelog: bool) {
        if self.queryable {
            return;
        }
        to.topology.note_generated_name(GeneratedName::StateStore, &*self.name);
        if changelog {
            to.topology.note_generated_name(GeneratedName::Changelog, &*self.name);
        }
    }

    pub(crate) fn wrong_supplier(&self, supplier: &StoreSupplier, wanted: &str) -> Error {
        Error::argument(format!(
            "the store `{}` must be a {wanted} store, and its supplier makes another kind: {supplier:?}",
            self.name
        ))
    }
}
