//! The `materialized` parameter.

use std::collections::BTreeMap;
use std::time::Duration;

use streams_core::{
    DslStoreKind, Error, KeyValueStoreSupplier, Serde, SessionStoreSupplier, VersionedKeyValueStoreSupplier,
    WindowStoreSupplier,
};
use streams_dsl::{Materialized, Named, StoreSupplier};

use super::{BuildFailure, named};
use crate::conformance::op::{Op, Params, Reason};

/// What a supplier of a windowed store must know of the windows.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct WindowTimes {
    /// The windows' size in milliseconds.
    pub(super) size_ms: i64,
    /// How long windows are kept unless the case says otherwise, in milliseconds.
    pub(super) retention_ms: i64,
}

/// The store that an operator is given, if the case gives it one.
pub(super) fn materialized<K: 'static, V: 'static>(
    op: &Op,
    keys: Serde<K>,
    values: Serde<V>,
    times: WindowTimes,
) -> Result<Option<Materialized<K, V>>, BuildFailure> {
    let Some(params) = op.params().nested("materialized")? else { return Ok(None) };
    let mut materialized = Materialized::with(keys, values);
    let name = params.opt_str("store")?;
    if let Some(supplier) = supplier(&params, name, times)? {
        materialized = materialized.with_supplier(supplier);
    } else if let Some(name) = name {
        materialized = materialized.with_name(name);
    }
    materialized = match params.opt_flag("caching")? {
        Some(true) => materialized.with_caching_enabled(),
        Some(false) => materialized.with_caching_disabled(),
        None => materialized,
    };
    let log_config = log_config(&params)?;
    materialized = match params.opt_flag("logging")? {
        Some(false) => materialized.with_logging_disabled(),
        Some(true) => materialized.with_logging_enabled(log_config.unwrap_or_default()),
        None => match log_config {
            Some(config) => materialized.with_logging_enabled(config),
            None => materialized,
        },
    };
    if let Some(retention) = params.opt_int("retention")? {
        materialized = materialized.with_retention(duration(retention)?);
    }
    materialized = match params.opt_str("impl")? {
        None => materialized,
        Some("memory") => materialized.with_store_type(DslStoreKind::InMemory),
        Some("rocksdb") => materialized.with_store_type(DslStoreKind::RocksDb),
        Some(other) => return Err(format!("stores of implementation `{other}` are unknown").into()),
    };
    params.finish("materialized")?;
    Ok(Some(materialized))
}

/// Name and store of an operator that always has a store.
pub(super) fn stored<K: 'static, V: 'static>(
    op: &Op,
    keys: Serde<K>,
    values: Serde<V>,
    times: WindowTimes,
) -> Result<(Named, Materialized<K, V>), BuildFailure> {
    let given = materialized(op, keys.clone(), values.clone(), times)?;
    Ok((named(op)?, given.unwrap_or_else(|| Materialized::with(keys, values))))
}

/// A duration of the library's; Kafka refuses negative ones where this type has none.
pub(super) fn duration(ms: i64) -> Result<Duration, Error> {
    let ms = u64::try_from(ms).map_err(|_| Error::argument(format!("a duration of {ms} ms is negative")))?;
    Ok(Duration::from_millis(ms))
}

fn log_config(params: &Params) -> Result<Option<BTreeMap<String, String>>, Reason> {
    let Some(value) = params.get("log_config") else { return Ok(None) };
    let object = value.as_object().ok_or("`log_config` must be an object")?;
    let text = |value: &serde_json::Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Ok(Some(object.iter().map(|(key, value)| (key.clone(), text(value))).collect()))
}

fn supplier(
    params: &Params,
    name: Option<&str>,
    times: WindowTimes,
) -> Result<Option<StoreSupplier>, BuildFailure> {
    let named = || name.ok_or("a store supplier needs a store name");
    if let Some(history) = params.opt_int("versioned")? {
        let (name, history) = (named()?, duration(history)?);
        let supplier = match params.opt_int("segment")? {
            Some(ms) => {
                VersionedKeyValueStoreSupplier::persistent_with_segments(name, history, duration(ms)?)?
            }
            None => VersionedKeyValueStoreSupplier::persistent(name, history),
        };
        return Ok(Some(supplier.into()));
    }
    let Some(kind) = params.opt_str("supplier")? else { return Ok(None) };
    let name = named()?;
    let retention = duration(params.opt_int("retention")?.unwrap_or(times.retention_ms))?;
    let size = duration(times.size_ms)?;
    Ok(Some(match kind {
        "memory_kv" => KeyValueStoreSupplier::in_memory(name).into(),
        "lru_kv" => {
            let max = usize::try_from(params.int("max")?).map_err(|_| "`max` is negative")?;
            KeyValueStoreSupplier::lru(name, max).into()
        }
        "rocksdb_kv" => KeyValueStoreSupplier::persistent(name).into(),
        "rocksdb_ts_kv" => KeyValueStoreSupplier::persistent_timestamped(name).into(),
        "rocksdb_window" => WindowStoreSupplier::persistent(name, retention, size, false)?.into(),
        "rocksdb_ts_window" => {
            WindowStoreSupplier::persistent_timestamped(name, retention, size, false)?.into()
        }
        "memory_window" => WindowStoreSupplier::in_memory(name, retention, size, false)?.into(),
        "rocksdb_session" => SessionStoreSupplier::persistent(name, retention).into(),
        "memory_session" => SessionStoreSupplier::in_memory(name, retention).into(),
        other => return Err(format!("store supplier `{other}` is unknown").into()),
    }))
}
