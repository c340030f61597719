use std::sync::Arc;

use super::{Fixture, text};
use crate::error::BoxError;
use crate::serde::{DefaultSerde, IsNull, Serde, Serializer};
use crate::store::{
    KeyValueStore, KeyValueStoreBuilder, KeyValueStoreSupplier, StateStore, TimestampedKeyValueStore,
    TimestampedKeyValueStoreBuilder, ValueAndTimestamp,
};

type Plain = KeyValueStore<String, String>;
type Timestamped = TimestampedKeyValueStore<String, i64>;

#[test]
fn values_are_logged_with_the_time_of_the_record_at_hand() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Plain>(&KeyValueStoreBuilder::<String, String>::persistent("kv"));
    fixture.at(&store, 7).put(&text("a"), &text("1")).unwrap();
    assert_eq!(fixture.at(&store, 8).delete(&text("a")).unwrap(), Some(text("1")));
    assert_eq!(fixture.at(&store, 8).get(&text("a")).unwrap(), None);
    assert_eq!(fixture.logged(), [(text("61"), Some(text("31")), Some(7)), (text("61"), None, Some(8))]);
}

#[test]
fn put_if_absent_returns_what_is_there_and_logs_only_what_it_puts() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Plain>(&KeyValueStoreBuilder::<String, String>::in_memory("kv"));
    assert_eq!(fixture.at(&store, 1).put_if_absent(&text("a"), &text("1")).unwrap(), None);
    assert_eq!(fixture.at(&store, 2).put_if_absent(&text("a"), &text("2")).unwrap(), Some(text("1")));
    assert_eq!(fixture.logged().len(), 1);
}

#[test]
fn ranges_are_inclusive_ordered_by_bytes_and_go_both_ways() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Plain>(&KeyValueStoreBuilder::<String, String>::persistent("kv"));
    for key in ["b", "a", "c", "ab", "é"] {
        fixture.at(&store, 0).put(&text(key), &text(key)).unwrap();
    }
    let keys = |found: Vec<(String, String)>| found.into_iter().map(|(key, _)| key).collect::<Vec<_>>();
    let store = fixture.at(&store, 0);
    let range = store.range(Some(&text("a")), Some(&text("b"))).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(keys(range), ["a", "ab", "b"]);
    let range = store.reverse_range(Some(&text("ab")), None).unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(keys(range), ["é", "c", "b", "ab"]);
    let prefix = store.prefix_scan(b"a").unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(keys(prefix), ["a", "ab"]);
    assert_eq!(store.range(Some(&text("c")), Some(&text("a"))).unwrap().count(), 0);
}

#[test]
fn timestamps_are_kept_beside_the_value_and_go_onto_the_changelog_record() {
    let mut fixture = Fixture::new();
    let builder = TimestampedKeyValueStoreBuilder::<String, i64>::persistent("counts");
    let store = fixture.add::<Timestamped>(&builder);
    fixture.at(&store, 99).put(&text("A"), Some(&1), 1000).unwrap();
    assert_eq!(fixture.at(&store, 0).get(&text("A")).unwrap(), Some(ValueAndTimestamp::new(1, 1000)));
    assert_eq!(fixture.logged(), [(text("41"), Some(text("0000000000000001")), Some(1000))]);
}

#[test]
fn a_plain_store_on_disk_under_a_timestamped_builder_loses_the_timestamps() {
    let mut fixture = Fixture::new();
    let supplier = KeyValueStoreSupplier::persistent("counts");
    let store = fixture.add::<Timestamped>(&TimestampedKeyValueStoreBuilder::<String, i64>::new(supplier));
    fixture.at(&store, 0).put(&text("A"), Some(&1), 1000).unwrap();
    assert_eq!(fixture.at(&store, 0).get(&text("A")).unwrap(), Some(ValueAndTimestamp::new(1, -1)));
}

#[test]
fn an_lru_store_logs_a_tombstone_for_what_it_pushes_out() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Plain>(&KeyValueStoreBuilder::<String, String>::lru("kv", 2));
    for (time, key) in [(1, "a"), (2, "b")] {
        fixture.at(&store, time).put(&text(key), &text("v")).unwrap();
    }
    fixture.at(&store, 3).get(&text("a")).unwrap();
    fixture.logged();
    fixture.at(&store, 4).put(&text("c"), &text("v")).unwrap();
    assert_eq!(fixture.logged(), [(text("62"), None, Some(4)), (text("63"), Some(text("76")), Some(4))]);
    assert_eq!(fixture.at(&store, 5).all().unwrap().count(), 2);
}

#[test]
fn cached_updates_of_a_key_leave_as_one_with_the_value_below_and_the_last_context() {
    let mut fixture = Fixture::new();
    let builder = TimestampedKeyValueStoreBuilder::<String, i64>::persistent("counts").with_caching_enabled();
    let store = fixture.add_with::<Timestamped>(&builder, true);
    fixture.at(&store, 1).put(&text("a"), Some(&1), 1).unwrap();
    fixture.at(&store, 1).drain_dirty().unwrap();
    fixture.logged();

    fixture.at(&store, 2).put(&text("a"), Some(&2), 2).unwrap();
    fixture.at(&store, 3).put(&text("b"), Some(&9), 3).unwrap();
    fixture.at(&store, 4).put(&text("a"), Some(&3), 4).unwrap();
    fixture.at(&store, 5).put(&text("gone"), Some(&3), 5).unwrap();
    fixture.at(&store, 6).put(&text("gone"), None, 6).unwrap();
    assert!(fixture.logged().is_empty());
    assert_eq!(fixture.at(&store, 6).get(&text("a")).unwrap(), Some(ValueAndTimestamp::new(3, 4)));

    let dirty = fixture.at(&store, 6).drain_dirty().unwrap();
    let seen: Vec<_> = dirty.iter().map(|entry| (entry.key.as_str(), entry.new, entry.old)).collect();
    let (new, old) = (Some(ValueAndTimestamp::new(3, 4)), Some(ValueAndTimestamp::new(1, 1)));
    assert_eq!(seen, [("b", Some(ValueAndTimestamp::new(9, 3)), None), ("a", new, old)]);
    assert_eq!(dirty[1].context.timestamp, 4);
    assert_eq!(fixture.at(&store, 6).cached_bytes(), 0);
    let logged = fixture.logged();
    assert_eq!(logged.len(), 2);
    assert_eq!(logged[1], (text("61"), Some(text("0000000000000003")), Some(4)));
}

#[test]
fn a_store_restores_from_its_changelog() {
    let mut fixture = Fixture::new();
    let builder = TimestampedKeyValueStoreBuilder::<String, i64>::in_memory("counts");
    let store = fixture.add::<Timestamped>(&builder);
    for (key, value, time) in [("a", Some(1), 5), ("b", Some(2), 6), ("a", None, 7)] {
        fixture.at(&store, time).put(&text(key), value.as_ref(), time).unwrap();
    }
    let changelog = fixture.changelog();
    let mut fixture = Fixture::new();
    let store = fixture.add::<Timestamped>(&builder);
    fixture.at(&store, 0).restore(&changelog).unwrap();
    let all: Vec<_> = fixture.at(&store, 0).all().unwrap().collect::<Result<_, _>>().unwrap();
    assert_eq!(all, [(text("b"), ValueAndTimestamp::new(2, 6))]);
    assert!(fixture.logged().is_empty());
}

/// Writes every key as null.
struct Null;

impl Serializer<String> for Null {
    fn serialize(&self, _topic: &str, _value: &String, _out: &mut Vec<u8>) -> Result<IsNull, BoxError> {
        Ok(IsNull::Yes)
    }
}

#[test]
fn a_null_key_is_refused() {
    let mut fixture = Fixture::new();
    let string = String::default_serde();
    let keys = Serde::from_parts(Arc::new(Null), Arc::clone(string.deserializer()));
    let builder = KeyValueStoreBuilder::<String, String>::in_memory("kv").with_key_serde(keys);
    let store = fixture.add::<Plain>(&builder);
    let error = fixture.at(&store, 0).get(&text("a")).unwrap_err();
    assert_eq!(error.to_string(), "state store `kv` takes no null key");
}
