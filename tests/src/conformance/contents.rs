//! The contents of stores, as a case file lists them.

use std::collections::{BTreeMap, BTreeSet};

use streams_core::{
    Error, KeyValueStore, SessionStore, StateStore, TimestampedKeyValueStore, TimestampedWindowStore,
    VersionedKeyValueStore, WindowStore, Windowed,
};
use streams_test::TopologyTestDriver;

use super::case::{Case, Datum, ExpectedStore, Step, StoreEntry};
use super::keys::CaseKey;
use super::ops::OpValue;
use super::values::{Key, Val};

/// All stores that a case lists: not the private ones, whose types nobody else can name.
pub(crate) fn of_all_stores(
    case: &Case,
    driver: &TopologyTestDriver,
) -> Result<BTreeMap<String, ExpectedStore>, Error> {
    let mut contents = BTreeMap::new();
    for name in driver.state_store_names()? {
        if let Some(store) = of_store(case, driver, &name)? {
            contents.insert(name, store);
        }
    }
    Ok(contents)
}

fn of_store(case: &Case, driver: &TopologyTestDriver, name: &str) -> Result<Option<ExpectedStore>, Error> {
    let Some((kind, mut entries)) = plain_entries(driver, name)?.or(windowed_entries(case, driver, name)?)
    else {
        return Ok(None);
    };
    if kind != "versioned" {
        entries.sort_by_cached_key(|entry| (entry.key.to_bytes(), entry.start, entry.end));
    }
    Ok(Some(ExpectedStore { kind: kind.to_owned(), entries }))
}

type Entries = Option<(&'static str, Vec<StoreEntry>)>;

fn plain_entries(driver: &TopologyTestDriver, name: &str) -> Result<Entries, Error> {
    let found = match () {
        () if has::<KeyValueStore<Key, Val>>(driver, name) => ("kv", plain(driver, name)?),
        () if has::<TimestampedKeyValueStore<Key, Val>>(driver, name) => {
            ("ts-kv", timestamped::<Key, Val>(driver, name)?)
        }
        () if has::<TimestampedKeyValueStore<Key, i64>>(driver, name) => {
            ("ts-kv", timestamped::<Key, i64>(driver, name)?)
        }
        () if has::<TimestampedKeyValueStore<Windowed<Key>, Val>>(driver, name) => {
            ("ts-kv", timestamped::<Windowed<Key>, Val>(driver, name)?)
        }
        () if has::<TimestampedKeyValueStore<Windowed<Key>, i64>>(driver, name) => {
            ("ts-kv", timestamped::<Windowed<Key>, i64>(driver, name)?)
        }
        () => return Ok(None),
    };
    Ok(Some(found))
}

fn windowed_entries(case: &Case, driver: &TopologyTestDriver, name: &str) -> Result<Entries, Error> {
    let found = match () {
        () if has::<WindowStore<Key, Val>>(driver, name) => match windows(driver, name)? {
            Some(entries) => ("window", entries),
            None => return Ok(None),
        },
        () if has::<TimestampedWindowStore<Key, Val>>(driver, name) => {
            ("ts-window", timestamped_windows::<Val>(driver, name)?)
        }
        () if has::<TimestampedWindowStore<Key, i64>>(driver, name) => {
            ("ts-window", timestamped_windows::<i64>(driver, name)?)
        }
        () if has::<SessionStore<Key, Val>>(driver, name) => ("session", sessions::<Val>(driver, name)?),
        () if has::<SessionStore<Key, i64>>(driver, name) => ("session", sessions::<i64>(driver, name)?),
        () if has::<VersionedKeyValueStore<Key, Val>>(driver, name) => {
            ("versioned", versions::<Val>(case, driver, name)?)
        }
        () if has::<VersionedKeyValueStore<Key, i64>>(driver, name) => {
            ("versioned", versions::<i64>(case, driver, name)?)
        }
        () => return Ok(None),
    };
    Ok(Some(found))
}

fn has<S: StateStore>(driver: &TopologyTestDriver, name: &str) -> bool {
    driver.store::<S>(name).is_ok()
}

fn entry(key: &impl CaseKey, value: &impl OpValue, ts: Option<i64>) -> StoreEntry {
    let (start, end) = key.window().unzip();
    let key = key.text().map_or(Datum::Null, |text| Datum::Text(text.to_owned()));
    StoreEntry { key, start, end, as_of: None, value: value.val().datum(), ts }
}

fn plain(driver: &TopologyTestDriver, name: &str) -> Result<Vec<StoreEntry>, Error> {
    let mut store = driver.store::<KeyValueStore<Key, Val>>(name)?;
    store.all()?.map(|found| found.map(|(key, value)| entry(&key, &value, None))).collect()
}

fn timestamped<K: CaseKey, V: OpValue>(
    driver: &TopologyTestDriver,
    name: &str,
) -> Result<Vec<StoreEntry>, Error> {
    let mut store = driver.store::<TimestampedKeyValueStore<K, V>>(name)?;
    let entries = store.all()?;
    entries.map(|found| found.map(|(key, found)| entry(&key, &found.value, Some(found.timestamp)))).collect()
}

/// The entries of a window store. Entries of windows without length (those of a join of simultaneous records) hide the
/// store: Kafka cannot read them, for it has no such windows.
fn windows(driver: &TopologyTestDriver, name: &str) -> Result<Option<Vec<StoreEntry>>, Error> {
    let mut store = driver.store::<WindowStore<Key, Val>>(name)?;
    let size = store.window_size_ms();
    let entries = store.all()?.map(|found| found.map(|(key, value)| entry(&key, &value, None)));
    let entries: Vec<StoreEntry> = entries.collect::<Result<_, _>>()?;
    Ok(Some(entries).filter(|entries| size > 0 || entries.is_empty()))
}

fn timestamped_windows<V: OpValue>(
    driver: &TopologyTestDriver,
    name: &str,
) -> Result<Vec<StoreEntry>, Error> {
    let mut store = driver.store::<TimestampedWindowStore<Key, V>>(name)?;
    let entries = store.all()?;
    entries.map(|found| found.map(|(key, found)| entry(&key, &found.value, Some(found.timestamp)))).collect()
}

fn sessions<V: OpValue>(driver: &TopologyTestDriver, name: &str) -> Result<Vec<StoreEntry>, Error> {
    let mut store = driver.store::<SessionStore<Key, V>>(name)?;
    let entries = store.fetch_keys(None, None)?;
    entries.map(|found| found.map(|(key, value)| entry(&key, &value, None))).collect()
}

/// For each key the versions as of each of the steps' times, where they change.
fn versions<V: OpValue>(
    case: &Case,
    driver: &TopologyTestDriver,
    name: &str,
) -> Result<Vec<StoreEntry>, Error> {
    let mut keys: BTreeSet<String> = BTreeSet::new();
    let mut times: BTreeSet<i64> = BTreeSet::new();
    for step in &case.steps {
        if let Step::Pipe(input) = step {
            times.insert(input.ts);
            keys.extend(text(&input.key));
        }
    }
    let listed = case.expect.stores.as_ref().and_then(|stores| stores.get(name));
    keys.extend(listed.iter().flat_map(|store| &store.entries).filter_map(|entry| text(&entry.key)));
    let mut store = driver.store::<VersionedKeyValueStore<Key, V>>(name)?;
    let mut entries = Vec::new();
    for key in keys {
        let key = Key::of(key);
        let mut previous = None;
        for time in &times {
            let found = store.get_as_of(&key, *time)?.map(|version| (version.value.val(), version.timestamp));
            if found == previous {
                continue;
            }
            if let Some((value, ts)) = &found {
                let entry = entry(&key, value, Some(*ts));
                entries.push(StoreEntry { as_of: Some(*time), ..entry });
            }
            previous = found;
        }
    }
    Ok(entries)
}

fn text(key: &Datum) -> Option<String> {
    match key {
        Datum::Text(text) => Some(text.clone()),
        _ => None,
    }
}
