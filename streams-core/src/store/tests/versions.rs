use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use proptest::prelude::*;

use super::{Fixture, text};
use crate::store::{
    StateStore, VersionedKeyValueStore, VersionedKeyValueStoreBuilder, VersionedKeyValueStoreSupplier,
    VersionedPut, VersionedRecord,
};

type Store = VersionedKeyValueStore<String, String>;

fn builder(history_ms: u64) -> VersionedKeyValueStoreBuilder<String, String> {
    let (history, interval) = (Duration::from_millis(history_ms), Duration::from_millis(7));
    let supplier = VersionedKeyValueStoreSupplier::persistent_with_segments("v", history, interval).unwrap();
    VersionedKeyValueStoreBuilder::new(supplier)
}

fn put(
    fixture: &mut Fixture,
    store: &crate::StoreRef<Store>,
    value: Option<&str>,
    time: i64,
) -> VersionedPut {
    let value = value.map(text);
    fixture.at(store, 0).put(&text("a"), value.as_ref(), time).unwrap()
}

fn version(value: &str, timestamp: i64, valid_until: Option<i64>) -> Option<VersionedRecord<String>> {
    Some(VersionedRecord { value: text(value), timestamp, valid_until })
}

#[test]
fn the_past_can_be_read_and_changed() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder(100));
    assert_eq!(put(&mut fixture, &store, Some("one"), 10), VersionedPut::Latest);
    assert_eq!(put(&mut fixture, &store, Some("three"), 30), VersionedPut::Latest);
    assert_eq!(put(&mut fixture, &store, Some("two"), 20), VersionedPut::ValidUntil(30));
    let store = fixture.at(&store, 0);
    let key = text("a");
    assert_eq!(store.get(&key).unwrap(), version("three", 30, None));
    assert_eq!(store.get_as_of(&key, 19).unwrap(), version("one", 10, Some(20)));
    assert_eq!(store.get_as_of(&key, 29).unwrap(), version("two", 20, Some(30)));
    assert_eq!(store.get_as_of(&key, 9).unwrap(), None);
    assert_eq!(store.delete(&key, 15).unwrap(), version("one", 10, Some(20)));
    assert_eq!(store.get_as_of(&key, 15).unwrap(), None);
    assert_eq!(store.get_as_of(&key, 14).unwrap(), version("one", 10, Some(15)));
}

#[test]
fn what_is_older_than_the_history_is_refused_but_logged() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder(10));
    put(&mut fixture, &store, Some("new"), 100);
    assert_eq!(put(&mut fixture, &store, Some("old"), 89), VersionedPut::NotPut);
    assert_eq!(put(&mut fixture, &store, Some("just"), 90), VersionedPut::ValidUntil(100));
    assert_eq!(fixture.at(&store, 0).get_as_of(&text("a"), 89).unwrap(), None);
    let logged = fixture.logged();
    assert_eq!(logged[1], (text("61"), Some(text("6f6c64")), Some(89)));
}

#[test]
fn a_restored_store_knows_the_past() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder(100));
    put(&mut fixture, &store, Some("one"), 10);
    put(&mut fixture, &store, None, 30);
    put(&mut fixture, &store, Some("two"), 20);
    let changelog = fixture.changelog();
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder(100));
    fixture.at(&store, 0).restore(&changelog).unwrap();
    assert_eq!(fixture.at(&store, 0).get(&text("a")).unwrap(), None);
    assert_eq!(fixture.at(&store, 0).get_as_of(&text("a"), 25).unwrap(), version("two", 20, Some(30)));
}

#[test]
fn a_deletion_at_the_latest_time_is_forgotten_unless_an_older_version_ends_there() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder(100));
    put(&mut fixture, &store, Some("ten"), 10);
    assert_eq!(put(&mut fixture, &store, None, 10), VersionedPut::Latest);
    assert_eq!(put(&mut fixture, &store, Some("five"), 5), VersionedPut::Latest);
    assert_eq!(fixture.at(&store, 0).get(&text("a")).unwrap(), version("five", 5, None));
    put(&mut fixture, &store, Some("twelve"), 12);
    put(&mut fixture, &store, None, 12);
    assert_eq!(put(&mut fixture, &store, Some("eleven"), 11), VersionedPut::ValidUntil(12));
    assert_eq!(fixture.at(&store, 0).get(&text("a")).unwrap(), None);
}

/// What a versioned store is to be.
#[derive(Default)]
struct Versions {
    values: BTreeMap<i64, Option<String>>,
    /// Where older versions end.
    ends: BTreeSet<i64>,
}

impl Versions {
    /// Puts a version and returns the time of the next one.
    fn put(&mut self, time: i64, value: Option<String>) -> Option<i64> {
        if let Some((next, _)) = self.values.range(time + 1..).next() {
            let next = *next;
            self.ends.insert(next);
            self.values.insert(time, value);
            return Some(next);
        }
        match self.values.last_key_value() {
            Some((last, Some(_))) if *last == time => {
                if value.is_none() && !self.ends.contains(&time) {
                    self.values.remove(&time);
                    return None;
                }
            }
            Some((_, None)) | None if value.is_some() => {}
            _ => {
                self.ends.insert(time);
            }
        }
        self.values.insert(time, value);
        None
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// Within the history, a versioned store is a map from times to values. Only a deletion at the time of the latest
    /// value is forgotten, if nothing before is known to end there.
    #[test]
    fn a_versioned_store_is_a_map_of_times(puts in proptest::collection::vec((0_i64..60, any::<Option<u8>>(), any::<bool>()), 1..40)) {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Store>(&builder(1000));
        let mut model = Versions::default();
        for (time, value, write) in puts {
            let value = value.map(|value| value.to_string());
            let put = put(&mut fixture, &store, value.as_deref(), time);
            let next = model.put(time, value);
            prop_assert_eq!(put, next.map_or(VersionedPut::Latest, VersionedPut::ValidUntil));
            if write {
                fixture.stores.write_back().unwrap();
            }
            for as_of in (0..62).step_by(3) {
                let found = fixture.at(&store, 0).get_as_of(&text("a"), as_of).unwrap();
                let expected = model.values.range(..=as_of).next_back().and_then(|(from, value)| Some((*from, value.clone()?)));
                prop_assert_eq!(found.map(|found| (found.timestamp, found.value)), expected);
            }
        }
    }
}
