//! What is on disk when.

use std::sync::Arc;

use super::{Fixture, text};
use crate::error::ErrorKind;
use crate::store::{
    KeyValueStore, KeyValueStoreBuilder, StateMemory, StateOptions, StateStore, Stores, TaskState,
};

type Store = KeyValueStore<String, String>;

fn builder() -> KeyValueStoreBuilder<String, String> {
    KeyValueStoreBuilder::persistent("kv")
}

fn offsets(offset: i64) -> [((Arc<str>, i32), i64); 1] {
    [(("app-kv-changelog".into(), 0), offset)]
}

/// Writes to disk at every commit.
fn eager() -> StateOptions {
    StateOptions { write_back_updates: 1, memory: StateMemory::new(8 << 20), ..StateOptions::default() }
}

#[test]
fn a_crash_takes_what_was_not_committed_and_nothing_else() {
    let mut fixture = Fixture::with_options(StateOptions { flush_updates: 1, ..eager() });
    let store = fixture.add::<Store>(&builder());
    fixture.at(&store, 1).put(&text("a"), &text("committed")).unwrap();
    fixture.stores.commit(offsets(1)).unwrap();
    fixture.at(&store, 2).put(&text("a"), &text("uncommitted")).unwrap();
    fixture.at(&store, 2).put(&text("b"), &text("uncommitted")).unwrap();

    let mut fixture = fixture.reopen(false);
    let store = fixture.add::<Store>(&builder());
    let found: Vec<_> = fixture.at(&store, 0).all().unwrap().collect::<Result<_, _>>().unwrap();
    let offset = fixture.stores.state().unwrap().committed_offset("app-kv-changelog", 0).unwrap();
    // The last flush may not have reached the files, but data and offset are of one moment.
    match offset {
        Some(offset) => assert_eq!((found, offset), (vec![(text("a"), text("committed"))], 1)),
        None => assert_eq!(found, []),
    }
}

#[test]
fn a_clean_close_keeps_all_with_its_offset() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder());
    fixture.at(&store, 1).put(&text("a"), &text("1")).unwrap();
    fixture.stores.commit(offsets(42)).unwrap();
    let mut fixture = fixture.reopen(true);
    let store = fixture.add::<Store>(&builder());
    assert_eq!(fixture.at(&store, 0).get(&text("a")).unwrap(), Some(text("1")));
    let state = fixture.stores.state().unwrap();
    assert_eq!(state.committed_offset("app-kv-changelog", 0).unwrap(), Some(42));
}

#[test]
fn commits_write_to_disk_only_when_enough_has_come_together() {
    let options = StateOptions { write_back_updates: 3, ..eager() };
    let mut fixture = Fixture::with_options(options);
    let store = fixture.add::<Store>(&builder());
    for (update, waiting) in [(1, 1), (2, 2), (3, 0)] {
        fixture.at(&store, update).put(&text("a"), &text("1")).unwrap();
        fixture.stores.commit(offsets(update)).unwrap();
        assert_eq!(fixture.at(&store, update).unwritten_updates(), waiting);
    }
}

#[test]
fn more_uncommitted_bytes_than_allowed_ask_for_a_commit() {
    let options = StateOptions { max_uncommitted_bytes: 500, ..eager() };
    let mut fixture = Fixture::with_options(options);
    let store = fixture.add::<Store>(&builder());
    assert!(!fixture.stores.wants_commit());
    fixture.at(&store, 1).put(&text("a"), &"x".repeat(500)).unwrap();
    assert!(fixture.stores.wants_commit());
    fixture.stores.commit(offsets(1)).unwrap();
    assert!(!fixture.stores.wants_commit());
}

#[test]
fn a_directory_that_another_instance_has_open_is_refused_with_advice() {
    let mut fixture = Fixture::new();
    fixture.add::<Store>(&builder());
    let second = TaskState::new(fixture.directory.path(), StateOptions::default());
    let error = second.persistent_bytes("kv").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    assert!(error.to_string().contains("give each instance its own `state.dir`"), "{error}");
}

#[test]
fn a_damaged_database_is_wiped_and_starts_from_nothing() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder());
    fixture.at(&store, 1).put(&text("a"), &text("1")).unwrap();
    fixture.stores.commit(offsets(42)).unwrap();
    let Fixture { directory, options, stores } = fixture;
    stores.close(true).unwrap();
    for entry in std::fs::read_dir(directory.path().join("rocksdb")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("MANIFEST") {
            std::fs::write(path, b"not a manifest").unwrap();
        }
    }
    let stores = Stores::with_state(TaskState::new(directory.path(), options.clone()));
    let mut fixture = Fixture { directory, options, stores };
    let store = fixture.add::<Store>(&builder());
    assert_eq!(fixture.at(&store, 0).get(&text("a")).unwrap(), None);
    let state = fixture.stores.state().unwrap();
    assert_eq!(state.committed_offset("app-kv-changelog", 0).unwrap(), None);
}

#[test]
fn a_state_directory_that_is_a_file_is_refused_with_its_path() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("state");
    std::fs::write(&path, b"").unwrap();
    let error = TaskState::new(&path, StateOptions::default()).persistent_bytes("kv").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::State);
    assert!(error.to_string().contains(&path.display().to_string()), "{error}");
}

#[test]
fn a_wiped_state_remembers_nothing_and_is_not_wiped_under_its_users() {
    let mut fixture = Fixture::new();
    let store = fixture.add::<Store>(&builder());
    fixture.at(&store, 1).put(&text("a"), &text("1")).unwrap();
    fixture.stores.commit(offsets(42)).unwrap();
    assert_eq!(fixture.stores.state().unwrap().wipe().unwrap_err().kind(), ErrorKind::Bug);

    let fixture = fixture.reopen(true);
    fixture.stores.state().unwrap().wipe().unwrap();
    let mut fixture = fixture.reopen(true);
    let store = fixture.add::<Store>(&builder());
    assert_eq!(fixture.at(&store, 0).get(&text("a")).unwrap(), None);
    assert_eq!(fixture.stores.state().unwrap().committed_offset("app-kv-changelog", 0).unwrap(), None);
}
