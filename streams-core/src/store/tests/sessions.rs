use std::time::Duration;

use super::{Fixture, text};
use crate::serde::Window;
use crate::store::{SessionStore, SessionStoreBuilder, SessionStoreSupplier, StateStore};

type Store = SessionStore<String, String>;

fn builder(persistent: bool, by_time: bool) -> SessionStoreBuilder<String, String> {
    let retention = Duration::from_millis(15);
    let supplier = if persistent {
        SessionStoreSupplier::persistent("s", retention)
    } else {
        SessionStoreSupplier::in_memory("s", retention)
    };
    SessionStoreBuilder::new(if by_time { supplier.ordered_by_time() } else { supplier })
}

fn put(fixture: &mut Fixture, store: &crate::StoreRef<Store>, key: &str, start: i64, end: i64) {
    let value = format!("{start}-{end}");
    fixture.at(store, end).put(&text(key), Window::new(start, end), Some(&value)).unwrap();
}

#[test]
fn a_session_is_logged_as_key_end_and_start() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder(true, false));
    fixture.at(&store, 95).put(&text("a"), Window::new(95, 100), Some(&text("2,5"))).unwrap();
    fixture.at(&store, 96).remove(&text("a"), Window::new(95, 100)).unwrap();
    let key = "610000000000000064000000000000005f";
    assert_eq!(fixture.logged(), [(text(key), Some(text("322c35")), Some(95)), (text(key), None, Some(96))]);
}

#[test]
fn sessions_are_found_by_overlap_in_the_order_of_their_ends() {
    for persistent in [true, false] {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Store>(&builder(persistent, false));
        for (key, start, end) in [("a", 7, 9), ("a", 1, 3), ("b", 2, 4), ("a", 12, 14)] {
            put(&mut fixture, &store, key, start, end);
        }
        let store = fixture.at(&store, 0);
        let found: Vec<_> =
            store.find_sessions(&text("a"), 3, 7).unwrap().map(|found| found.unwrap().1).collect();
        assert_eq!(found, ["1-3", "7-9"]);
        let found: Vec<_> =
            store.backward_find_sessions(&text("a"), 3, 7).unwrap().map(|found| found.unwrap().1).collect();
        assert_eq!(found, ["7-9", "1-3"]);
        assert_eq!(store.fetch(&text("a")).unwrap().count(), 3);
        assert_eq!(store.fetch_keys(None, None).unwrap().count(), 4);
        assert_eq!(store.fetch_session(&text("b"), Window::new(2, 4)).unwrap(), Some(text("2-4")));
        assert_eq!(store.fetch_session(&text("b"), Window::new(2, 5)).unwrap(), None);
    }
}

#[test]
fn sessions_that_ended_a_retention_ago_are_gone() {
    for (persistent, by_time) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Store>(&builder(persistent, by_time));
        for end in [85, 86, 100] {
            put(&mut fixture, &store, "a", end, end);
        }
        let found: Vec<_> =
            fixture.at(&store, 0).fetch(&text("a")).unwrap().map(|found| found.unwrap().0.end).collect();
        assert_eq!(found, [86, 100]);
    }
}

#[test]
fn all_keys_by_end_and_then_by_start_and_key_on_disk_by_key_and_start_in_memory() {
    for (persistent, by_time) in [(true, true), (true, false), (false, true), (false, false)] {
        let mut fixture = Fixture::new();
        let store = fixture.add::<Store>(&builder(persistent, by_time));
        for (key, start, end) in [("b", 1, 5), ("a", 1, 5), ("c", 0, 5), ("a", 2, 4), ("a", 3, 9)] {
            put(&mut fixture, &store, key, start, end);
        }
        fixture.at(&store, 9).remove(&text("b"), Window::new(1, 5)).unwrap();
        let found: Vec<_> = fixture
            .at(&store, 9)
            .find_sessions_by_end(4, 5)
            .unwrap()
            .map(|found| found.unwrap().0.to_string())
            .collect();
        let of_end_5 = if persistent { ["[c@0/5]", "[a@1/5]"] } else { ["[a@1/5]", "[c@0/5]"] };
        assert_eq!(found, [&["[a@2/4]"][..], &of_end_5].concat());
    }
}

#[test]
fn a_store_restores_from_its_changelog() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder(true, true));
    put(&mut fixture, &store, "a", 1, 3);
    put(&mut fixture, &store, "b", 1, 4);
    fixture.at(&store, 4).remove(&text("a"), Window::new(1, 3)).unwrap();
    let changelog = fixture.changelog();
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder(true, true));
    fixture.at(&store, 0).restore(&changelog).unwrap();
    let found: Vec<_> =
        fixture.at(&store, 0).find_sessions_by_end(0, 9).unwrap().map(Result::unwrap).collect();
    assert_eq!(found, [(crate::Windowed::new(text("b"), Window::new(1, 4)), text("1-4"))]);
}
