use std::time::Duration;

use proptest::prelude::*;

use super::{Fixture, text};
use crate::store::{
    StateStore, TimestampedWindowStore, TimestampedWindowStoreBuilder, ValueAndTimestamp, WindowStore,
    WindowStoreBuilder, WindowStoreSupplier, WindowValues,
};

type Plain = WindowStore<String, String>;
type Timestamped = TimestampedWindowStore<String, i64>;

fn supplier(persistent: bool, retention_ms: u64, duplicates: bool) -> WindowStoreSupplier {
    let (retention, size) = (Duration::from_millis(retention_ms), Duration::from_millis(10));
    let make =
        if persistent { WindowStoreSupplier::persistent_timestamped } else { WindowStoreSupplier::in_memory };
    make("w", retention, size, duplicates).unwrap()
}

fn plain(persistent: bool, retention_ms: u64, duplicates: bool) -> WindowStoreBuilder<String, String> {
    WindowStoreBuilder::new(supplier(persistent, retention_ms, duplicates))
}

fn put(fixture: &mut Fixture, store: &crate::StoreRef<Plain>, key: &str, value: &str, start: i64) {
    fixture.at(store, start).put(&text(key), Some(&text(value)), start).unwrap();
}

#[test]
fn a_window_is_logged_as_key_start_and_sequence() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Plain>(&plain(true, 10_000, false));
    fixture.at(&store, 77).put(&text("A"), Some(&text("x")), 5000).unwrap();
    let key = text("4100000000000013880000").to_owned() + "0000";
    assert_eq!(fixture.logged(), [(key, Some(text("78")), Some(77))]);
}

#[test]
fn duplicates_are_numbered_over_all_keys_and_deletions_only_logged() {
    for persistent in [true, false] {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Plain>(&plain(persistent, 50, true));
        put(&mut fixture, &store, "a", "x", 1);
        put(&mut fixture, &store, "a", "y", 5);
        put(&mut fixture, &store, "a", "z", 5);
        fixture.at(&store, 5).put(&text("a"), None, 5).unwrap();
        let found: Vec<_> =
            fixture.at(&store, 5).fetch_range(&text("a"), 0, 5).unwrap().map(Result::unwrap).collect();
        assert_eq!(found, [(1, text("x")), (5, text("y")), (5, text("z"))]);
        let keys: Vec<_> =
            fixture.logged().into_iter().map(|(key, value, _)| (key, value.is_some())).collect();
        assert_eq!(keys[2], (text("61000000000000000500000003"), true));
        assert_eq!(keys[3], (text("61000000000000000500000004"), false));
    }
}

#[test]
fn values_fetched_at_once_are_those_of_the_iterator() {
    for (persistent, duplicates) in [(false, false), (false, true), (true, false), (true, true)] {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Plain>(&plain(persistent, 300_000, duplicates));
        for (value, start) in [("late", 190_000), ("early", 5), ("middle", 70_000), ("same time", 70_000)] {
            put(&mut fixture, &store, "a", value, start);
            put(&mut fixture, &store, "ab", "another key's", start);
        }
        fixture.stores.write_back().unwrap();
        put(&mut fixture, &store, "a", "unwritten", 6);
        let mut found = WindowValues::new();
        for (key, from, to) in [("a", 0, 190_000), ("ab", 5, 5), ("a", 6, 189_999), ("b", 0, 190_000)] {
            let store = fixture.at(&store, 0);
            let one_by_one: Vec<_> =
                store.fetch_range(&text(key), from, to).unwrap().map(Result::unwrap).collect();
            store.fetch_into(&text(key), from, to, &mut found).unwrap();
            assert_eq!(found.len(), one_by_one.len());
            assert_eq!(found.by_ref().map(Result::unwrap).collect::<Vec<_>>(), one_by_one);
            let mut backwards: Vec<_> =
                store.backward_fetch_range(&text(key), from, to).unwrap().map(Result::unwrap).collect();
            backwards.reverse();
            assert_eq!(backwards, one_by_one);
        }
    }
}

#[test]
fn reads_see_what_starts_less_than_the_retention_before_the_latest_start() {
    for persistent in [true, false] {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Plain>(&plain(persistent, 100, false));
        for start in [0, 1, 100] {
            put(&mut fixture, &store, "a", "v", start);
        }
        assert_eq!(fixture.at(&store, 0).fetch(&text("a"), 0).unwrap(), None);
        assert_eq!(fixture.at(&store, 0).fetch(&text("a"), 1).unwrap(), Some(text("v")));
        assert_eq!(fixture.at(&store, 0).all().unwrap().count(), 2);
        assert_eq!(fixture.at(&store, 0).fetch_range(&text("a"), 0, 1000).unwrap().count(), 2);
    }
}

#[test]
fn a_store_on_disk_made_for_results_on_close_sees_one_millisecond_more() {
    for (persistent, expected) in [(true, 1), (false, 0)] {
        let mut fixture = Fixture::new();
        let supplier = supplier(persistent, 10, false).ordered_by_time();
        let store = fixture.add::<Plain>(&WindowStoreBuilder::<String, String>::new(supplier));
        put(&mut fixture, &store, "a", "v", 0);
        put(&mut fixture, &store, "a", "v", 10);
        assert_eq!(fixture.at(&store, 0).fetch_all(0, 0).unwrap().count(), expected);
    }
}

#[test]
fn a_deletion_among_duplicates_moves_the_time_of_a_store_in_memory_only() {
    for (persistent, expected) in [(true, 1), (false, 0)] {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Plain>(&plain(persistent, 50, true));
        put(&mut fixture, &store, "a", "v", 0);
        fixture.at(&store, 50).put(&text("b"), None, 50).unwrap();
        assert_eq!(fixture.at(&store, 50).all().unwrap().count(), expected);
    }
}

#[test]
fn segments_expire_as_a_whole_and_refuse_late_entries() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Plain>(&plain(true, 60_000, false));
    put(&mut fixture, &store, "a", "old", 0);
    fixture.stores.write_back().unwrap();
    put(&mut fixture, &store, "a", "new", 200_000);
    put(&mut fixture, &store, "a", "late", 1);
    // What is late is logged all the same, as Kafka does.
    assert_eq!(fixture.logged().len(), 3);

    let mut fixture = fixture.reopen(true);
    let store = fixture.add::<Plain>(&plain(true, 60_000, false));
    let found: Vec<_> = fixture.at(&store, 0).all().unwrap().map(|entry| entry.unwrap().1).collect();
    assert_eq!(found, ["new"]);
}

#[test]
fn a_longer_key_that_begins_with_a_shorter_one_is_not_mixed_up_with_it() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Plain>(&plain(false, 100, false));
    put(&mut fixture, &store, "a", "1", 3);
    put(&mut fixture, &store, "a\0\0\0\0\0\0\0\0", "2", 3);
    put(&mut fixture, &store, "b", "3", 3);
    let found: Vec<_> =
        fixture.at(&store, 0).fetch_range(&text("a"), 0, 9).unwrap().map(Result::unwrap).collect();
    assert_eq!(found, [(3, text("1"))]);
    let keys = fixture.at(&store, 0).fetch_keys(Some(&text("a")), Some(&text("a")), 0, 9).unwrap().count();
    assert_eq!(keys, 1);
}

#[test]
fn time_comes_first_in_memory_and_keys_come_first_on_disk() {
    for (persistent, expected) in [(true, ["a@1", "a@5", "b@0"]), (false, ["b@0", "a@1", "a@5"])] {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Plain>(&plain(persistent, 100, false));
        for (key, start) in [("a", 5), ("b", 0), ("a", 1)] {
            put(&mut fixture, &store, key, "v", start);
        }
        let name = |entry: crate::Result<(crate::Windowed<String>, String)>| {
            let key = entry.unwrap().0;
            format!("{}@{}", key.key, key.window.start)
        };
        let store = fixture.at(&store, 0);
        assert_eq!(store.all().unwrap().map(name).collect::<Vec<_>>(), expected);
        let mut backward = store.backward_all().unwrap().map(name).collect::<Vec<_>>();
        backward.reverse();
        assert_eq!(backward, expected);
    }
}

#[test]
fn timestamps_go_onto_the_changelog_record_and_come_back_from_it() {
    let builder = TimestampedWindowStoreBuilder::<String, i64>::new(supplier(true, 100, false));
    let mut fixture = Fixture::new();
    let store = fixture.add::<Timestamped>(&builder);
    fixture.at(&store, 9).put(&text("a"), Some(&3), 10, 12).unwrap();
    let changelog = fixture.changelog();
    assert_eq!((changelog[0].timestamp, changelog[0].payload.value().unwrap().len()), (12, 8));
    let mut fixture = Fixture::new();
    let store = fixture.add::<Timestamped>(&builder);
    fixture.at(&store, 0).restore(&changelog).unwrap();
    assert_eq!(fixture.at(&store, 0).fetch(&text("a"), 10).unwrap(), Some(ValueAndTimestamp::new(3, 12)));
}

#[test]
fn a_reopened_store_still_finds_its_segments() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Plain>(&plain(true, 600_000, false));
    for start in [5, 400_000] {
        put(&mut fixture, &store, "a", "v", start);
    }
    let mut fixture = fixture.reopen(true);
    let store = fixture.add::<Plain>(&plain(true, 600_000, false));
    let found: Vec<_> =
        fixture.at(&store, 0).fetch_range(&text("a"), 0, i64::MAX).unwrap().map(Result::unwrap).collect();
    assert_eq!(found, [(5, text("v")), (400_000, text("v"))]);
}

#[test]
fn cached_windows_leave_with_key_and_window() {
    let mut fixture = Fixture::new();
    let builder = plain(true, 100, false).with_caching_enabled();
    let store = fixture.add_with::<Plain>(&builder, true);
    put(&mut fixture, &store, "a", "1", 10);
    put(&mut fixture, &store, "a", "2", 10);
    assert!(fixture.logged().is_empty());
    let dirty = fixture.at(&store, 0).drain_dirty().unwrap();
    assert_eq!(dirty.len(), 1);
    assert_eq!(dirty[0].key, crate::Windowed::new(text("a"), crate::Window::new(10, 20)));
    assert_eq!((dirty[0].new.as_deref(), dirty[0].old.as_deref()), (Some("2"), None));
    assert_eq!(fixture.logged().len(), 1);
}

#[test]
fn a_cached_window_is_seen_however_far_time_jumps_until_the_cache_needs_the_room() {
    for (persistent, large) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut fixture = Fixture::new();
        let store = fixture.add_with::<Plain>(&plain(persistent, 100, false).with_caching_enabled(), true);
        let seen = |fixture: &mut Fixture| fixture.at(&store, 0).fetch(&text("a"), 10).unwrap().is_some();
        put(&mut fixture, &store, "a", &"1".repeat(if large { 70_000 } else { 1 }), 10);
        fixture.at(&store, 0).drain_dirty().unwrap();
        put(&mut fixture, &store, "a", "2", 500_000);
        assert!(seen(&mut fixture));
        fixture.at(&store, 0).drain_dirty().unwrap();
        assert_eq!(seen(&mut fixture), !large);
    }
}

#[test]
fn a_retention_shorter_than_a_window_is_refused() {
    let error =
        WindowStoreSupplier::in_memory("w", Duration::from_millis(9), Duration::from_millis(10), false);
    assert_eq!(error.unwrap_err().kind(), crate::ErrorKind::Argument);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    /// Stores on disk and in memory find the same; only the order of entries of several keys differs.
    #[test]
    fn disk_and_memory_agree(steps in proptest::collection::vec((0_u8..4, 0_i64..400_000, any::<Option<u8>>(), any::<bool>()), 1..60)) {
        let mut fixtures = [Fixture::new(), Fixture::new()];
        let stores = [true, false].map(|persistent| plain(persistent, 150_000, false));
        let stores: Vec<_> = fixtures.iter_mut().zip(&stores).map(|(fixture, builder)| fixture.add::<Plain>(builder)).collect();
        for (key, start, value, write) in steps {
            let key = "k".repeat(usize::from(key) + 1);
            let mut found = Vec::new();
            for (fixture, store) in fixtures.iter_mut().zip(&stores) {
                let value = value.map(|value| value.to_string());
                fixture.at(store, start).put(&key, value.as_ref(), start).unwrap();
                if write {
                    fixture.stores.write_back().unwrap();
                }
                let store = fixture.at(store, start);
                let range: Vec<_> = store.fetch_range(&key, start - 50_000, start + 50_000).unwrap().map(Result::unwrap).collect();
                let mut all: Vec<_> = store.all().unwrap().map(Result::unwrap).collect();
                all.sort();
                found.push((store.fetch(&key, start).unwrap(), range, all));
            }
            prop_assert_eq!(&found[0], &found[1]);
        }
    }
}
