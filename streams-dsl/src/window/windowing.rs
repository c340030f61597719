//! What tells windows of a fixed size and sessions apart: how long they are kept, in which store, and under which keys.

use std::sync::Arc;

use streams_core::{
    DslStoreKind, Error, Result, Serde, SessionStore, SessionStoreBuilder, SessionStoreSupplier,
    StoreBuilder, TimestampedWindowStore, TimestampedWindowStoreBuilder, WindowStoreSupplier, Windowed,
};

use super::definition::{duration, millis};
use super::node::Parts;
use super::session_processor::{SessionAggregation, SessionFold};
use super::sliding_processor::SlidingAggregation;
use super::time_processor::TimeAggregation;
use super::windowed_store::WindowedStore;
use super::{SessionWindows, TimeKind};
use crate::Data;
use crate::graph::{Lowering, NodeAt};
use crate::grouped::Fold;
use crate::params::StoreSupplier;
use crate::store::{StoreForm, StoreSpec, logged};

/// Windows that a table can be kept by.
pub(crate) trait Windowing: Clone + Send + Sync + 'static {
    /// The store of such a table.
    type Store<K: Data, V: Data>: WindowedStore<K, V>;

    /// How long windows must be kept.
    fn least_retention_ms(&self) -> i64;

    /// How long after its end a window is final.
    fn closes_after_ms(&self) -> i64;

    /// The keys of the table, by the keys of its store.
    fn keys<K: 'static>(&self, keys: Serde<K>) -> Serde<Windowed<K>>;

    /// The builder of the store; with an index by time, if windows are to be found when they close.
    fn store_builder<K: Data, V: Data>(
        &self,
        spec: &StoreSpec<K, V>,
        form: StoreForm,
        by_time: bool,
    ) -> Result<Arc<dyn StoreBuilder>>;
}

/// Windows that such a fold can aggregate by.
pub(crate) trait Aggregating<K, V, VA, F>: Windowing {
    /// Adds the processor to the topology.
    fn add_processor(&self, to: &mut Lowering<'_>, at: &NodeAt, parts: Parts<K, V, VA, F>) -> Result<()>;
}

impl Windowing for TimeKind {
    type Store<K: Data, V: Data> = TimestampedWindowStore<K, V>;

    fn least_retention_ms(&self) -> i64 {
        match self {
            Self::Aligned(windows) => windows.size_ms().saturating_add(windows.grace_period_ms()),
            Self::Sliding(windows) => {
                windows.time_difference_ms().saturating_mul(2).saturating_add(windows.grace_period_ms())
            }
        }
    }

    fn closes_after_ms(&self) -> i64 {
        match self {
            Self::Aligned(windows) => windows.grace_period_ms(),
            Self::Sliding(windows) => windows.grace_period_ms(),
        }
    }

    fn keys<K: 'static>(&self, keys: Serde<K>) -> Serde<Windowed<K>> {
        keys.time_windowed(self.size_ms())
    }

    fn store_builder<K: Data, V: Data>(
        &self,
        spec: &StoreSpec<K, V>,
        StoreForm { kind, headers }: StoreForm,
        by_time: bool,
    ) -> Result<Arc<dyn StoreBuilder>> {
        let supplier = match &spec.supplier {
            Some(StoreSupplier::Window(supplier)) => supplier.clone(),
            Some(other) => return Err(spec.wrong_supplier(other, "window")),
            None => {
                let (name, size) = (&*spec.name, duration(self.size_ms()));
                let retention = duration(retention_ms(spec, self.least_retention_ms())?);
                let supplier = match kind {
                    DslStoreKind::RocksDb => {
                        WindowStoreSupplier::persistent_timestamped(name, retention, size, false)?
                    }
                    DslStoreKind::InMemory => WindowStoreSupplier::in_memory(name, retention, size, false)?,
                };
                if by_time { supplier.ordered_by_time() } else { supplier }
            }
        };
        let (keys, values) = spec.serdes()?;
        let builder = TimestampedWindowStoreBuilder::with_serdes(supplier, keys, values);
        let builder = logged!(builder, spec.options.logging, spec.options.log_config);
        let builder = if headers { builder.with_tombstone_headers() } else { builder };
        // Kafka keeps the cache of final results over aligned windows, which lets them be seen a little longer.
        let caching = spec.options.caching && (!by_time || matches!(self, Self::Aligned(_)));
        Ok(Arc::new(if caching { builder.with_caching_enabled() } else { builder }))
    }
}

impl<K: Data, V: Data, VA: Data, F: Fold<K, V, VA>> Aggregating<K, V, VA, F> for TimeKind {
    fn add_processor(&self, to: &mut Lowering<'_>, at: &NodeAt, parts: Parts<K, V, VA, F>) -> Result<()> {
        let (name, parents) = (Arc::clone(&at.name), at.parents.clone());
        match self {
            Self::Aligned(windows) => {
                let windows = Arc::clone(windows);
                let make = move || TimeAggregation::new(parts.clone(), Arc::clone(&windows));
                to.topology.add_processor(name, make, parents)?;
            }
            Self::Sliding(windows) => {
                let windows = *windows;
                let make = move || SlidingAggregation::new(parts.clone(), windows);
                to.topology.add_processor(name, make, parents)?;
            }
        }
        Ok(())
    }
}

impl Windowing for SessionWindows {
    type Store<K: Data, V: Data> = SessionStore<K, V>;

    fn least_retention_ms(&self) -> i64 {
        self.closes_after_ms()
    }

    fn closes_after_ms(&self) -> i64 {
        self.inactivity_gap_ms().saturating_add(self.grace_period_ms())
    }

    fn keys<K: 'static>(&self, keys: Serde<K>) -> Serde<Windowed<K>> {
        keys.session_windowed()
    }

    fn store_builder<K: Data, V: Data>(
        &self,
        spec: &StoreSpec<K, V>,
        StoreForm { kind, headers }: StoreForm,
        by_time: bool,
    ) -> Result<Arc<dyn StoreBuilder>> {
        let supplier = match &spec.supplier {
            Some(StoreSupplier::Session(supplier)) => supplier.clone(),
            Some(other) => return Err(spec.wrong_supplier(other, "session")),
            None => {
                let retention = duration(retention_ms(spec, self.least_retention_ms())?);
                let supplier = match kind {
                    DslStoreKind::RocksDb => SessionStoreSupplier::persistent(&*spec.name, retention),
                    DslStoreKind::InMemory => SessionStoreSupplier::in_memory(&*spec.name, retention),
                };
                if by_time { supplier.ordered_by_time() } else { supplier }
            }
        };
        let (keys, values) = spec.serdes()?;
        let builder = SessionStoreBuilder::with_serdes(supplier, keys, values);
        let builder = logged!(builder, spec.options.logging, spec.options.log_config);
        let builder = if headers { builder.with_tombstone_headers() } else { builder };
        let caching = spec.options.caching && !by_time;
        Ok(Arc::new(if caching { builder.with_caching_enabled() } else { builder }))
    }
}

impl<K: Data, V: Data, VA: Data, F: SessionFold<K, V, VA>> Aggregating<K, V, VA, F> for SessionWindows {
    fn add_processor(&self, to: &mut Lowering<'_>, at: &NodeAt, parts: Parts<K, V, VA, F>) -> Result<()> {
        let windows = *self;
        let make = move || SessionAggregation::new(parts.clone(), windows);
        to.topology.add_processor(Arc::clone(&at.name), make, at.parents.clone())?;
        Ok(())
    }
}

/// Checks what `build()` would refuse.
pub(crate) fn check_retention<K: 'static, V: 'static>(
    spec: &StoreSpec<K, V>,
    windows: &impl Windowing,
) -> Result<()> {
    if spec.supplier.is_some() {
        return Ok(());
    }
    retention_ms(spec, windows.least_retention_ms()).map(|_| ())
}

/// How long windows are kept: what was asked for, or as long as they must be.
fn retention_ms<K: 'static, V: 'static>(spec: &StoreSpec<K, V>, least: i64) -> Result<i64> {
    let retention = spec.options.retention.map_or(least, millis);
    if retention < least {
        return Err(Error::argument(format!(
            "the store `{}` must keep windows for at least {least} ms (size and grace), not {retention} ms",
            spec.name
        )));
    }
    Ok(retention)
}
