//! The stores of windowed tables.

use std::sync::Arc;

use streams_core::{
    DslStoreKind, Error, Result, SessionStoreBuilder, SessionStoreSupplier, StoreBuilder,
    TimestampedWindowStoreBuilder, WindowStoreSupplier,
};

use super::definition::{duration, millis};
use super::{EmitStrategy, SessionWindows, TimeKind};
use crate::graph::Lowering;
use crate::params::StoreSupplier;
use crate::store::StoreSpec;

impl<K: 'static, V: 'static> StoreSpec<K, V> {
    /// How long windows are kept: what was asked for, or as long as they must be.
    fn retention_ms(&self, least: i64) -> Result<i64> {
        let retention = self.options.retention.map_or(least, millis);
        if retention < least {
            return Err(Error::argument(format!(
                "the store `{}` must keep windows for at least {least} ms (size and grace), not {retention} ms",
                self.name
            )));
        }
        Ok(retention)
    }

    /// Checks what `build()` would refuse.
    pub(crate) fn check_retention(&self, least: i64) -> Result<()> {
        if self.supplier.is_some() { Ok(()) } else { self.retention_ms(least).map(|_| ()) }
    }

    /// Adds a window store to the topology and connects it to a processor.
    pub(super) fn add_window(
        &self,
        to: &mut Lowering<'_>,
        kind: &TimeKind,
        emit: EmitStrategy,
        processor: &str,
    ) -> Result<()> {
        let name = &*self.name;
        let by_time = emit == EmitStrategy::OnWindowClose;
        let supplier = match &self.supplier {
            Some(StoreSupplier::Window(supplier)) => supplier.clone(),
            Some(other) => return Err(self.wrong_supplier(other, "window")),
            None => {
                let retention = duration(self.retention_ms(kind.least_retention_ms())?);
                let size = duration(kind.size_ms());
                let supplier = match self.kind(to) {
                    DslStoreKind::RocksDb => {
                        WindowStoreSupplier::persistent_timestamped(name, retention, size, false)?
                    }
                    DslStoreKind::InMemory => WindowStoreSupplier::in_memory(name, retention, size, false)?,
                };
                if by_time { supplier.ordered_by_time() } else { supplier }
            }
        };
        let (keys, values) = self.serdes()?;
        let mut builder = TimestampedWindowStoreBuilder::with_serdes(supplier, keys, values);
        builder = if self.options.logging {
            builder.with_logging_enabled(self.options.log_config.clone())
        } else {
            builder.with_logging_disabled()
        };
        // Kafka keeps the cache of final results over aligned windows, which lets them be seen a little longer.
        if self.options.caching && (!by_time || matches!(kind, TimeKind::Aligned(_))) {
            builder = builder.with_caching_enabled();
        }
        self.add_shared(to, || Ok(Arc::new(builder)), processor)
    }

    /// Adds a session store to the topology and connects it to a processor.
    pub(super) fn add_session(
        &self,
        to: &mut Lowering<'_>,
        windows: SessionWindows,
        emit: EmitStrategy,
        processor: &str,
    ) -> Result<()> {
        let name = &*self.name;
        let by_time = emit == EmitStrategy::OnWindowClose;
        let supplier = match &self.supplier {
            Some(StoreSupplier::Session(supplier)) => supplier.clone(),
            Some(other) => return Err(self.wrong_supplier(other, "session")),
            None => {
                let retention = duration(self.retention_ms(windows.least_retention_ms())?);
                let supplier = match self.kind(to) {
                    DslStoreKind::RocksDb => SessionStoreSupplier::persistent(name, retention),
                    DslStoreKind::InMemory => SessionStoreSupplier::in_memory(name, retention),
                };
                if by_time { supplier.ordered_by_time() } else { supplier }
            }
        };
        let (keys, values) = self.serdes()?;
        let mut builder = SessionStoreBuilder::with_serdes(supplier, keys, values);
        builder = if self.options.logging {
            builder.with_logging_enabled(self.options.log_config.clone())
        } else {
            builder.with_logging_disabled()
        };
        if self.options.caching && !by_time {
            builder = builder.with_caching_enabled();
        }
        let shared: Arc<dyn StoreBuilder> = Arc::new(builder);
        self.add_shared(to, || Ok(shared), processor)
    }
}
