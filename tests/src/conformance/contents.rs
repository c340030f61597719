//! The contents of stores, as a case file lists them.

use std::collections::{BTreeMap, BTreeSet};

use streams_core::{
    Error, KeyValueStore, SessionStore, StateStore, TimestampedKeyValueStore, TimestampedWindowStore,
    VersionedKeyValueStore, WindowStore, Windowed,
};
use streams_test::TopologyTestDriver;

use super::case::{Case, Datum, ExpectedStore, Step, StoreEntry};
use super::keys::CaseKey;
use super::values::{Key, Val};

/// All stores that a case lists: not the private ones, whose types nobody else can name.
pub fn of_all_stores(
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
    let found = match () {
        () if has::<KeyValueStore<Key, Val>>(driver, name) => ("kv", plain::<Key>(driver, name)?),
        () if has::<KeyValueStore<Windowed<Key>, Val>>(driver, name) => {
            ("kv", plain::<Windowed<Key>>(driver, name)?)
        }
        () if has::<TimestampedKeyValueStore<Key, Val>>(driver, name) => {
            ("ts-kv", timestamped::<Key>(driver, name)?)
        }
        () if has::<TimestampedKeyValueStore<Windowed<Key>, Val>>(driver, name) => {
            ("ts-kv", timestamped::<Windowed<Key>>(driver, name)?)
        }
        () if has::<WindowStore<Key, Val>>(driver, name) => ("window", windows(driver, name)?),
        () if has::<TimestampedWindowStore<Key, Val>>(driver, name) => {
            ("ts-window", timestamped_windows(driver, name)?)
        }
        () if has::<SessionStore<Key, Val>>(driver, name) => ("session", sessions(driver, name)?),
        () if has::<VersionedKeyValueStore<Key, Val>>(driver, name) => {
            ("versioned", versions(case, driver, name)?)
        }
        () => return Ok(None),
    };
    let (kind, mut entries) = found;
    if kind != "versioned" {
        entries.sort_by_cached_key(|entry| (entry.key.to_bytes(), entry.start, entry.end));
    }
    Ok(Some(ExpectedStore { kind: kind.to_owned(), entries }))
}

fn has<S: StateStore>(driver: &TopologyTestDriver, name: &str) -> bool {
    driver.store::<S>(name).is_ok()
}

fn entry(key: &impl CaseKey, value: Val, ts: Option<i64>) -> StoreEntry {
    let (start, end) = key.window().unzip();
    let key = key.text().map_or(Datum::Null, |text| Datum::Text(text.to_owned()));
    StoreEntry { key, start, end, as_of: None, value: value.datum(), ts }
}

fn plain<K: CaseKey>(driver: &TopologyTestDriver, name: &str) -> Result<Vec<StoreEntry>, Error> {
    let mut store = driver.store::<KeyValueStore<K, Val>>(name)?;
    store.all()?.map(|found| found.map(|(key, value)| entry(&key, value, None))).collect()
}

fn timestamped<K: CaseKey>(driver: &TopologyTestDriver, name: &str) -> Result<Vec<StoreEntry>, Error> {
    let mut store = driver.store::<TimestampedKeyValueStore<K, Val>>(name)?;
    let entries = store.all()?;
    entries.map(|found| found.map(|(key, found)| entry(&key, found.value, Some(found.timestamp)))).collect()
}

fn windows(driver: &TopologyTestDriver, name: &str) -> Result<Vec<StoreEntry>, Error> {
    let mut store = driver.store::<WindowStore<Key, Val>>(name)?;
    store.all()?.map(|found| found.map(|(key, value)| entry(&key, value, None))).collect()
}

fn timestamped_windows(driver: &TopologyTestDriver, name: &str) -> Result<Vec<StoreEntry>, Error> {
    let mut store = driver.store::<TimestampedWindowStore<Key, Val>>(name)?;
    let entries = store.all()?;
    entries.map(|found| found.map(|(key, found)| entry(&key, found.value, Some(found.timestamp)))).collect()
}

fn sessions(driver: &TopologyTestDriver, name: &str) -> Result<Vec<StoreEntry>, Error> {
    let mut store = driver.store::<SessionStore<Key, Val>>(name)?;
    let entries = store.fetch_keys(None, None)?;
    entries.map(|found| found.map(|(key, value)| entry(&key, value, None))).collect()
}

/// For each key the versions as of each of the steps' times, where they change.
fn versions(case: &Case, driver: &TopologyTestDriver, name: &str) -> Result<Vec<StoreEntry>, Error> {
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
    let mut store = driver.store::<VersionedKeyValueStore<Key, Val>>(name)?;
    let mut entries = Vec::new();
    for key in keys {
        let key = Key::of(key);
        let mut previous = None;
        for time in &times {
            let found = store.get_as_of(&key, *time)?.map(|version| (version.value, version.timestamp));
            if found == previous {
                continue;
            }
            if let Some((value, ts)) = &found {
                let entry = entry(&key, value.clone(), Some(*ts));
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
