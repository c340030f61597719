//! The stores of a join of two streams, and their names (features D108 and D111).

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use streams_core::{
    DslStoreKind, Error, GeneratedName, OuterJoinStoreBuilder, Result, Serde, StoreBuilder, Topology,
    WindowStoreBuilder, WindowStoreSupplier,
};

use super::kind::JoinKind;
use crate::settings::BuildSettings;
use crate::{Data, JoinWindows, StreamJoined, prefixes};

/// Names of the stores.
#[derive(Debug, Clone)]
pub(super) struct StoreNames {
    pub(super) left: Arc<str>,
    pub(super) right: Arc<str>,
    /// Of the store of unmatched records.
    pub(super) unmatched: Option<Arc<str>>,
}

/// What the stores are like, apart from their serdes.
#[derive(Debug, Clone)]
pub(super) struct JoinStores {
    pub(super) names: StoreNames,
    windows: JoinWindows,
    suppliers: [Option<WindowStoreSupplier>; 2],
    store_kind: Option<DslStoreKind>,
    logging: Option<BTreeMap<String, String>>,
    /// Whether the names of the left, the right and the shared store were made up.
    generated: [bool; 3],
}

impl JoinStores {
    /// `generated` are the names that the joining nodes have if nobody names them.
    pub(super) fn new<K, L, R>(
        joined: &StreamJoined<K, L, R>,
        windows: JoinWindows,
        kind: JoinKind,
        generated: [&Arc<str>; 2],
    ) -> Self {
        let suppliers = [joined.left_supplier.clone(), joined.right_supplier.clone()];
        let base = joined.store_name.as_deref();
        let own_name = |supplier: &Option<WindowStoreSupplier>, suffix: &str, generated: &str| match supplier
        {
            Some(supplier) => supplier.name().into(),
            None => base
                .map_or_else(|| format!("{generated}-store"), |base| format!("{base}{suffix}-store"))
                .into(),
        };
        let unmatched = kind.shared_suffix().map(|suffix| {
            let supplied = suppliers[0].as_ref().map(WindowStoreSupplier::name);
            let number = generated[0].rsplit('-').next().unwrap_or_default();
            supplied
                .or(base)
                .map_or_else(
                    || format!("{}{number}-store", prefixes::OUTER_SHARED),
                    |base| format!("{base}{suffix}-store"),
                )
                .into()
        });
        let names = StoreNames {
            left: own_name(&suppliers[0], kind.this_suffix(), generated[0]),
            right: own_name(&suppliers[1], kind.other_suffix(), generated[1]),
            unmatched,
        };
        let made_up = |supplier: usize| base.is_none() && suppliers[supplier].is_none();
        Self {
            names,
            windows,
            generated: [made_up(0), made_up(1), made_up(0)],
            suppliers,
            store_kind: joined.store_kind,
            logging: joined.logging.clone(),
        }
    }

    /// Refuses suppliers that do not fit the windows, or that share a name.
    pub(super) fn check(&self) -> Result<()> {
        if self.names.left == self.names.right {
            return Err(Error::topology(format!(
                "the two sides of a join cannot share the store `{}`: give each store supplier a name of its own",
                self.names.left
            )));
        }
        let (retention, size) = (self.windows.retention_ms(), self.windows.size_ms());
        for supplier in self.suppliers.iter().flatten() {
            if supplier.retention_ms() != retention
                || supplier.window_size_ms() != size
                || !supplier.retains_duplicates()
            {
                return Err(Error::topology(format!(
                    "window store `{}` does not fit its join: it must retain duplicates, have windows of {size} ms and a \
                     retention of {retention} ms (windows and grace)",
                    supplier.name()
                )));
            }
        }
        Ok(())
    }

    pub(super) fn left<K: Data, L: Data>(
        &self,
        settings: &BuildSettings,
        key: &Serde<K>,
        value: &Serde<L>,
    ) -> Result<Arc<dyn StoreBuilder>> {
        self.window_store(0, &self.names.left, settings, key, value)
    }

    pub(super) fn right<K: Data, R: Data>(
        &self,
        settings: &BuildSettings,
        key: &Serde<K>,
        value: &Serde<R>,
    ) -> Result<Arc<dyn StoreBuilder>> {
        self.window_store(1, &self.names.right, settings, key, value)
    }

    /// The store of unmatched records.
    pub(super) fn unmatched<K: Data, L: Data, R: Data>(
        &self,
        settings: &BuildSettings,
        (key, left, right): (&Serde<K>, &Serde<L>, &Serde<R>),
    ) -> Option<Arc<dyn StoreBuilder>> {
        let name = self.names.unmatched.as_deref()?;
        let persistent = match &self.suppliers[0] {
            Some(supplier) => supplier.is_persistent(),
            None => !self.in_memory(settings),
        };
        let builder = OuterJoinStoreBuilder::new(name, persistent, key.clone(), left.clone(), right.clone());
        Some(Arc::new(match &self.logging {
            Some(config) => builder.with_logging_enabled(config.clone()),
            None => builder.with_logging_disabled(),
        }))
    }

    /// Tells the topology which names were made up (KIP-1111).
    pub(super) fn note_generated(&self, topology: &mut Topology) {
        let names = [Some(&self.names.left), Some(&self.names.right), self.names.unmatched.as_ref()];
        for name in names.iter().zip(self.generated).filter_map(|(name, made_up)| name.filter(|_| made_up)) {
            topology.note_generated_name(GeneratedName::StateStore, &**name);
            if self.logging.is_some() {
                topology.note_generated_name(GeneratedName::Changelog, &**name);
            }
        }
    }

    fn window_store<K: Data, V: Data>(
        &self,
        side: usize,
        name: &str,
        settings: &BuildSettings,
        key: &Serde<K>,
        value: &Serde<V>,
    ) -> Result<Arc<dyn StoreBuilder>> {
        let supplier = match &self.suppliers[side] {
            Some(supplier) => supplier.clone(),
            None => {
                let (retention, size) = (self.windows.retention_ms(), self.windows.size_ms());
                let [retention, size] =
                    [retention, size].map(|ms| Duration::from_millis(ms.try_into().unwrap_or_default()));
                if self.in_memory(settings) {
                    WindowStoreSupplier::in_memory(name, retention, size, true)?
                } else {
                    WindowStoreSupplier::persistent(name, retention, size, true)?
                }
            }
        };
        let builder = WindowStoreBuilder::with_serdes(supplier, key.clone(), value.clone());
        Ok(Arc::new(match &self.logging {
            Some(config) => builder.with_logging_enabled(config.clone()),
            None => builder.with_logging_disabled(),
        }))
    }

    fn in_memory(&self, settings: &BuildSettings) -> bool {
        self.store_kind.unwrap_or(settings.store_kind) == DslStoreKind::InMemory
    }
}
