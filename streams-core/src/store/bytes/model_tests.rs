//! The byte store against a model: a plain ordered map, with commits at random points.

use proptest::prelude::*;
use std::collections::BTreeMap;
use tempfile::TempDir;

use super::{ByteStore, Direction, KeyRange};
use crate::record::RecordContext;
use crate::store::disk::StateMemory;
use crate::store::{StateOptions, TaskState};

#[derive(Debug, Clone)]
enum Step {
    Put(u8, Option<u8>),
    Get(u8),
    Scan(u8, u8, bool),
    DeleteRange(u8, u8),
    Write,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        6 => (any::<u8>(), any::<Option<u8>>()).prop_map(|(key, value)| Step::Put(key % 32, value)),
        4 => any::<u8>().prop_map(|key| Step::Get(key % 40)),
        3 => (any::<u8>(), any::<u8>(), any::<bool>()).prop_map(|(a, b, up)| Step::Scan(a % 40, b % 40, up)),
        1 => (any::<u8>(), any::<u8>()).prop_map(|(a, b)| Step::DeleteRange(a % 40, b % 40)),
        2 => Just(Step::Write),
    ];
    proptest::collection::vec(step, 1..80)
}

/// Keys of different lengths, so that order is not that of numbers.
fn key(number: u8) -> Vec<u8> {
    vec![b'k'; 1 + usize::from(number % 3)].into_iter().chain([number]).collect()
}

pub(super) fn write(store: &mut ByteStore, state: Option<&TaskState>) {
    if let Some(state) = state {
        state.write(&BTreeMap::new(), |writes| store.stage(writes)).unwrap();
        store.staged_is_written().unwrap();
    }
}

pub(super) fn state(directory: &TempDir, open_lazily: bool) -> TaskState {
    let options = StateOptions { memory: StateMemory::new(8 << 20), open_lazily, ..StateOptions::default() };
    TaskState::new(directory.path(), options)
}

pub(super) fn collect(
    store: &mut ByteStore,
    range: KeyRange,
    direction: Direction,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut scan = store.scan(vec![range], direction);
    let mut found = Vec::new();
    while let Some((key, value)) = scan.next().unwrap() {
        found.push((key.to_vec(), value.to_vec()));
    }
    found
}

fn check(store: &mut ByteStore, state: Option<&TaskState>, steps: &[Step]) {
    let mut model: BTreeMap<Vec<u8>, Vec<u8>> = BTreeMap::new();
    for step in steps {
        match *step {
            Step::Put(number, value) => {
                let value = value.map(|byte| vec![byte; 5]);
                store.put(&key(number), value.as_deref());
                match value {
                    Some(value) => model.insert(key(number), value),
                    None => model.remove(&key(number)),
                };
            }
            Step::Get(number) => {
                assert_eq!(store.get(&key(number)).unwrap(), model.get(&key(number)).map(Vec::as_slice));
            }
            Step::Scan(from, to, forward) => {
                let (from, to) = (key(from), key(to));
                let range = KeyRange::inclusive(Some(&from), Some(&to));
                let entries = model.iter().filter(|(key, _)| **key >= from && **key <= to);
                let mut expected: Vec<_> = entries.map(|(key, value)| (key.clone(), value.clone())).collect();
                let direction = if forward { Direction::Forward } else { Direction::Backward };
                if !forward {
                    expected.reverse();
                }
                assert_eq!(collect(store, range, direction), expected);
            }
            Step::DeleteRange(from, to) => {
                let range = KeyRange { start: key(from), end: Some(key(to)) };
                model.retain(|key, _| *key < range.start || Some(key) >= range.end.as_ref());
                store.delete_range(&range);
            }
            Step::Write => write(store, state),
        }
    }
    let expected: Vec<_> = model.into_iter().collect();
    assert_eq!(collect(store, KeyRange::all(), Direction::Forward), expected);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_overlay_over_rocksdb_is_an_ordered_map(steps in steps(), lazily: bool, clean_limit in prop_oneof![Just(0_usize), Just(700), Just(1 << 20)]) {
        let directory = tempfile::tempdir().unwrap();
        let state = state(&directory, lazily);
        state.persistent_bytes("other").unwrap();
        let mut store = ByteStore::on_disk(&state, "store", clean_limit).unwrap();
        check(&mut store, Some(&state), &steps);
    }

    #[test]
    fn a_store_in_memory_is_an_ordered_map(steps in steps()) {
        check(&mut ByteStore::in_memory(), None, &steps);
    }
}

#[test]
fn a_reopened_store_has_what_was_written_and_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let first = state(&directory, false);
    let mut store = first.persistent_bytes("store").unwrap();
    store.put(b"a", Some(b"1"));
    write(&mut store, Some(&first));
    first.open_db().unwrap().flush(true).unwrap();
    store.put(b"a", Some(b"2"));
    store.put(b"b", Some(b"3"));
    drop((store, first));

    let mut store = state(&directory, false).persistent_bytes("store").unwrap();
    assert_eq!(store.get(b"a").unwrap(), Some(&b"1"[..]));
    assert_eq!(store.get(b"b").unwrap(), None);
}

#[test]
fn the_record_cache_gives_out_keys_in_the_order_of_their_last_writes_with_the_value_below() {
    let mut store = ByteStore::in_memory();
    let at = RecordContext::punctuation;
    store.put(b"b", Some(b"old"));
    store.put_cached(b"b", Some(b"1"), at(1)).unwrap();
    store.put_cached(b"a", Some(b"2"), at(2)).unwrap();
    store.put_cached(b"b", None, at(3)).unwrap();
    assert_eq!(store.get(b"b").unwrap(), None);
    assert!(store.cached_bytes() > 0);

    let mut drained = Vec::new();
    store
        .drain_cached(|key, value, cached| {
            drained.push((key.to_vec(), value.map(<[u8]>::to_vec), cached.below, cached.context.timestamp));
            Ok(())
        })
        .unwrap();
    let expected =
        vec![(b"a".to_vec(), Some(b"2".to_vec()), None, 2), (b"b".to_vec(), None, Some(b"old".to_vec()), 3)];
    assert_eq!(drained, expected);
    assert_eq!(store.cached_bytes(), 0);
    assert_eq!(collect(&mut store, KeyRange::all(), Direction::Forward), [(b"a".to_vec(), b"2".to_vec())]);
}

#[test]
fn a_range_without_an_end_is_deleted_to_the_last_key_whatever_that_is() {
    let directory = TempDir::new().unwrap();
    let state = state(&directory, false);
    let mut store = ByteStore::on_disk(&state, "family", 0).unwrap();
    let keys = [vec![1], vec![u8::MAX; 3], vec![u8::MAX; 16], vec![u8::MAX; 40]];
    keys.iter().for_each(|key| store.put(key, Some(b"value")));
    write(&mut store, Some(&state));
    store.delete_range(&KeyRange::prefix(&[u8::MAX]));
    store.put(&[u8::MAX; 50], Some(b"later"));
    write(&mut store, Some(&state));
    let mut reopened = ByteStore::on_disk(&state, "family", 0).unwrap();
    let left = collect(&mut reopened, KeyRange::all(), Direction::Forward);
    assert_eq!(left, [(vec![1], b"value".to_vec()), (vec![u8::MAX; 50], b"later".to_vec())]);
}
