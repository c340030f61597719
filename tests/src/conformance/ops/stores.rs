//! Store builders for `add_store` and its relatives.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use streams_core::{
    KeyValueStoreBuilder, KeyValueStoreSupplier, StoreBuilder, TimestampedKeyValueStoreBuilder,
    WindowStoreBuilder, WindowStoreSupplier,
};

use super::BuildFailure;
use crate::conformance::op::{Params, Reason};
use crate::conformance::values::{Key, Kind, Val};

/// Whether a store's changes are logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Logging {
    /// As the parameters say; by default they are.
    AsSaid,
    /// They are not.
    Off,
}

/// Sets logging and caching of any builder.
macro_rules! with_settings {
    ($builder:expr, $logging:expr, $caching:expr) => {{
        let builder = $builder;
        let builder = if $logging {
            builder.with_logging_enabled(BTreeMap::new())
        } else {
            builder.with_logging_disabled()
        };
        if $caching { builder.with_caching_enabled() } else { builder.with_caching_disabled() }
    }};
}

/// The store that the parameters describe.
pub(super) fn builder(params: &Params, logging: Logging) -> Result<Arc<dyn StoreBuilder>, BuildFailure> {
    let name = params.str("store")?;
    let values = Kind::of_type(params.opt_str("type")?)?.serde();
    let in_memory = match params.opt_str("impl")? {
        Some("memory") => true,
        None | Some("rocksdb") => false,
        Some(other) => return Err(format!("stores of implementation `{other}` are unknown").into()),
    };
    let logged = params.opt_flag("logging")?.unwrap_or(true) && logging == Logging::AsSaid;
    let caching = params.flag("caching")?;
    match params.opt_str("kind")?.unwrap_or("kv") {
        "kv" => {
            let supplier = if in_memory {
                KeyValueStoreSupplier::in_memory(name)
            } else {
                KeyValueStoreSupplier::persistent(name)
            };
            let builder = KeyValueStoreBuilder::<Key, Val>::with_serdes(supplier, Kind::key_serde(), values);
            Ok(Arc::new(with_settings!(builder, logged, caching)))
        }
        "ts_kv" => {
            let supplier = if in_memory {
                KeyValueStoreSupplier::in_memory(name)
            } else {
                KeyValueStoreSupplier::persistent_timestamped(name)
            };
            let builder =
                TimestampedKeyValueStoreBuilder::<Key, Val>::with_serdes(supplier, Kind::key_serde(), values);
            Ok(Arc::new(with_settings!(builder, logged, caching)))
        }
        "window" => {
            let supplier = window_supplier(params, name, in_memory)?;
            let builder = WindowStoreBuilder::<Key, Val>::with_serdes(supplier, Kind::key_serde(), values);
            Ok(Arc::new(with_settings!(builder, logged, caching)))
        }
        other => Err(format!("stores of kind `{other}` are unknown").into()),
    }
}

fn window_supplier(
    params: &Params,
    name: &str,
    in_memory: bool,
) -> Result<WindowStoreSupplier, BuildFailure> {
    let (retention, window) = (millis(params, "retention")?, millis(params, "window")?);
    let duplicates = params.flag("retain_duplicates")?;
    Ok(if in_memory {
        WindowStoreSupplier::in_memory(name, retention, window, duplicates)?
    } else {
        WindowStoreSupplier::persistent(name, retention, window, duplicates)?
    })
}

fn millis(params: &Params, name: &str) -> Result<Duration, Reason> {
    let ms = u64::try_from(params.int(name)?).map_err(|_| format!("`{name}` is negative"))?;
    Ok(Duration::from_millis(ms))
}
