//! Stores of runs against a model: a plain ordered map, with commits at random points.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::model_tests::{collect, state, write};
use super::{ByteStore, Direction, KeyRange};
use crate::store::TaskState;
use crate::store::segments::Segments;

/// (segment, name, time, number): small numbers, so that keys meet.
type Key = (u8, u8, u8, u8);

#[derive(Debug, Clone)]
enum Step {
    Put(Key, Option<u8>),
    Get(Key),
    Visit(u8, u8, u8, u8),
    Scan(Key, Key, bool),
    DropSegment(u8),
    Write,
}

fn keys() -> impl Strategy<Value = Key> {
    (0..3_u8, 0..4_u8, 0..6_u8, 0..2_u8)
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        8 => (keys(), proptest::option::weighted(0.8, any::<u8>())).prop_map(|(key, value)| Step::Put(key, value)),
        2 => keys().prop_map(Step::Get),
        4 => keys().prop_map(|(segment, name, from, more)| Step::Visit(segment, name, from, from + 2 * more)),
        2 => (keys(), keys(), any::<bool>()).prop_map(|(from, to, forward)| Step::Scan(from, to, forward)),
        1 => (0..3_u8).prop_map(Step::DropSegment),
        2 => Just(Step::Write),
    ];
    proptest::collection::vec(step, 1..80)
}

/// Names of different lengths, one the beginning of another.
fn prefix(segment: u8, name: u8) -> Vec<u8> {
    let name = &[&b"a"[..], b"a\0", b"ab", b""][usize::from(name)];
    [&u64::from(segment).to_be_bytes()[..], &[0], name].concat()
}

fn physical((segment, name, time, number): Key) -> Vec<u8> {
    let (time, number) = (u64::from(time).to_be_bytes(), u32::from(number).to_be_bytes());
    [&prefix(segment, name)[..], &time, &number].concat()
}

fn with_runs(mut store: ByteStore) -> ByteStore {
    let segments = Segments::with_interval(1, 1, &mut store).unwrap();
    store.with_runs(segments.all())
}

type Model = BTreeMap<Vec<u8>, Vec<u8>>;

/// Takes the steps with a store that holds what the model does, and returns the model; with a disk, it is all there.
fn check(mut store: ByteStore, mut model: Model, state: Option<&TaskState>, steps: &[Step]) -> Model {
    for step in steps {
        match *step {
            Step::Put(key, value) => {
                let value = value.map(|byte| vec![byte; usize::from(byte % 7)]);
                store.put(&physical(key), value.as_deref());
                match value {
                    Some(value) => model.insert(physical(key), value),
                    None => model.remove(&physical(key)),
                };
            }
            Step::Get(key) => {
                let key = physical(key);
                assert_eq!(store.get(&key).unwrap(), model.get(&key).map(Vec::as_slice));
            }
            Step::Visit(segment, name, from, to) => {
                let numbers = (from..=to).flat_map(|time| [(time, 0), (time, 1)]);
                let expected: Vec<_> = numbers
                    .filter_map(|(time, number)| {
                        Some((u64::from(time), model.get(&physical((segment, name, time, number)))?.clone()))
                    })
                    .collect();
                let mut found = Vec::new();
                let times = (u64::from(from), u64::from(to));
                let push = |time, value: &[u8]| found.push((time, value.to_vec()));
                store.visit_run(&prefix(segment, name), times, push).unwrap();
                assert_eq!(found, expected);
            }
            Step::Scan(from, to, forward) => {
                let range = KeyRange::inclusive(Some(&physical(from)), Some(&physical(to)));
                let entries = model.iter().filter(|(key, _)| range.contains(key));
                let mut expected: Vec<_> = entries.map(|(key, value)| (key.clone(), value.clone())).collect();
                if !forward {
                    expected.reverse();
                }
                let direction = if forward { Direction::Forward } else { Direction::Backward };
                assert_eq!(collect(&mut store, range, direction), expected);
            }
            Step::DropSegment(segment) => {
                let range = KeyRange::prefix(&u64::from(segment).to_be_bytes());
                model.retain(|key, _| !range.contains(key));
                store.delete_range(&range);
            }
            Step::Write => write(&mut store, state),
        }
    }
    if state.is_none() {
        assert_eq!(store.approximate_len().unwrap(), model.len() as u64);
    }
    write(&mut store, state);
    let expected: Vec<_> = model.clone().into_iter().collect();
    assert_eq!(collect(&mut store, KeyRange::all(), Direction::Forward), expected);
    model
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn runs_over_rocksdb_are_an_ordered_map(
        before in steps(),
        steps in steps(),
        clean_limit in prop_oneof![Just(0_usize), Just(700), Just(1 << 20)],
    ) {
        let directory = tempfile::tempdir().unwrap();
        let state = state(&directory, false);
        state.persistent_bytes("other").unwrap();
        let open = || with_runs(ByteStore::on_disk(&state, "store", clean_limit).unwrap());
        let left = check(open(), Model::new(), Some(&state), &before);
        check(open(), left, Some(&state), &steps);
    }

    #[test]
    fn runs_in_memory_are_an_ordered_map(steps in steps()) {
        check(with_runs(ByteStore::in_memory()), Model::new(), None, &steps);
    }
}

#[test]
fn a_reopened_store_of_runs_finds_what_was_written_beneath_what_is_new() {
    let directory = tempfile::tempdir().unwrap();
    let state = state(&directory, false);
    let open = || with_runs(state.persistent_bytes("store").unwrap());
    let mut store = open();
    store.put(&physical((1, 0, 1, 0)), Some(b"old"));
    store.put(&physical((1, 0, 2, 0)), Some(b"stays"));
    write(&mut store, Some(&state));
    store.put(&physical((1, 0, 3, 0)), Some(b"lost"));
    drop(store);

    let mut store = open();
    store.put(&physical((1, 0, 1, 0)), Some(b"new"));
    let mut found = Vec::new();
    store.visit_run(&prefix(1, 0), (0, 9), |time, value| found.push((time, value.to_vec()))).unwrap();
    assert_eq!(found, [(1, b"new".to_vec()), (2, b"stays".to_vec())]);
}
