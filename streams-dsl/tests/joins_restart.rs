//! Every kind of join in several partitions, in memory and on disk, restarted and killed in between: always what one run
//! without a break gives, and what a plain model says.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use streams_dsl::prelude::*;
use streams_test::TopologyTestDriver;

const PARTITIONS: i32 = 3;
const WINDOW_MS: i64 = 40;

/// A record of a topic; no value deletes the key from a table.
#[derive(Debug, Clone, PartialEq)]
struct Event {
    topic: &'static str,
    key: String,
    value: Option<String>,
    timestamp: i64,
}

/// Something of every topic in turn, some milliseconds apart: the same for the same arguments. `deletions` is the share of
/// deletions, one in so many; `value` makes the value of a topic's record of a number.
fn events(
    count: u64,
    deletions: u64,
    value: impl Fn(&str, u64, &mut dyn FnMut(u64) -> u64) -> String,
) -> Vec<Event> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut below = move |limit: u64| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state % limit
    };
    let mut timestamp = 0;
    (0..count)
        .map(|number| {
            let topic = ["left", "right"][usize::from(below(2) == 0)];
            timestamp += below(12) as i64;
            let key = format!("k{}", below(7));
            let value = (below(deletions) > 0).then(|| value(topic, number, &mut below));
            Event { topic, key, value, timestamp }
        })
        .collect()
}

/// `l7`, `r12`: the side and the record's number.
fn plain(count: u64, deletions: u64) -> Vec<Event> {
    events(count, deletions, |topic, number, _| format!("{}{number}", &topic[..1]))
}

type Output = (String, Option<String>, i64);

#[derive(Debug, Clone, Copy, PartialEq)]
enum Break {
    Never,
    Restart,
    Crash,
}

/// Pipes the events through what `build` makes, with a break now and then, and returns what came out of `out`.
fn run(build: &dyn Fn(&StreamsBuilder), events: &[Event], store: &str, breaks: Break) -> Vec<Output> {
    let config = StreamsConfig::builder().application_id("joins").set("dsl.store.suppliers.class", store);
    let config = config.build().unwrap();
    let builder = StreamsBuilder::with_config(&config);
    build(&builder);
    let driver = TopologyTestDriver::builder()
        .config(&config)
        .partitions("left", PARTITIONS)
        .partitions("right", PARTITIONS)
        .build(&builder.build().unwrap())
        .unwrap();
    let mut output = driver.create_output_topic::<String, Option<String>>("out");
    let mut out = Vec::new();
    for (number, Event { topic, key, value, timestamp }) in events.iter().enumerate() {
        let mut input = driver.create_input_topic::<String, Option<String>>(topic);
        input.pipe_input_at(key.clone(), value.clone(), *timestamp).unwrap();
        out.extend(output.read_records_to_list().unwrap());
        match breaks {
            Break::Restart if number % 20 == 19 => driver.restart().unwrap(),
            Break::Crash if number % 20 == 19 => driver.crash_and_restart().unwrap(),
            _ => {}
        }
    }
    assert!(output.is_empty().unwrap(), "a restart brought something out");
    out.into_iter().map(|record| (record.key, record.value, record.timestamp.unwrap())).collect()
}

/// What comes out, in that order, whatever the stores and the breaks.
#[track_caller]
fn always(events: &[Event], build: impl Fn(&StreamsBuilder)) -> Vec<Output> {
    always_by(events, build, |outputs| outputs)
}

/// As [`always`], once the outputs are put in order.
#[track_caller]
fn always_by(
    events: &[Event],
    build: impl Fn(&StreamsBuilder),
    in_order: impl Fn(Vec<Output>) -> Vec<Output>,
) -> Vec<Output> {
    let expected = in_order(run(&build, events, "memory", Break::Never));
    for (store, breaks) in [
        ("rocksdb", Break::Never),
        ("memory", Break::Restart),
        ("rocksdb", Break::Restart),
        ("memory", Break::Crash),
        ("rocksdb", Break::Crash),
    ] {
        let found = in_order(run(&build, events, store, breaks));
        for (number, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_eq!(found, expected, "result {number}, {store}, {breaks:?}");
        }
        assert_eq!(found.len(), expected.len(), "{store}, {breaks:?}");
    }
    assert!(expected.len() > 20, "only {expected:?}");
    expected
}

fn show(left: Option<&String>, right: Option<&String>) -> String {
    let text = |side: Option<&String>| side.map_or("-", String::as_str).to_owned();
    format!("{}+{}", text(left), text(right))
}

/// The last value of each key that was not deleted.
fn table_of(outputs: &[Output]) -> BTreeMap<String, String> {
    let mut table = BTreeMap::new();
    for (key, value, _) in outputs {
        match value {
            Some(value) => table.insert(key.clone(), value.clone()),
            None => table.remove(key),
        };
    }
    table
}

fn tables(events: &[Event]) -> [BTreeMap<String, String>; 2] {
    ["left", "right"].map(|topic| {
        let of_topic = events.iter().filter(|event| event.topic == topic);
        table_of(&of_topic.map(|it| (it.key.clone(), it.value.clone(), it.timestamp)).collect::<Vec<_>>())
    })
}

/// All pairs of a left and a right record that a window joins, as the joiner shows them.
fn pairs(events: &[Event]) -> BTreeSet<(String, String)> {
    let of = |topic: &'static str| events.iter().filter(move |event| event.topic == topic);
    let meets = |left: &Event, right: &Event| {
        left.key == right.key && (left.timestamp - right.timestamp).abs() <= WINDOW_MS
    };
    of("left")
        .flat_map(|left| of("right").filter(move |right| meets(left, right)).map(move |right| (left, right)))
        .map(|(left, right)| (left.key.clone(), show(left.value.as_ref(), right.value.as_ref())))
        .collect()
}

#[test]
fn an_inner_join_of_streams_gives_every_pair_once() {
    let events = plain(150, u64::MAX);
    let outputs = always(&events, |builder| {
        let left = builder.stream::<String, String>("left");
        let right = builder.stream::<String, String>("right");
        let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(WINDOW_MS as u64));
        left.join(&right, |left, right| show(Some(left), Some(right)), windows).to("out");
    });
    let found: Vec<_> = outputs.into_iter().map(|(key, value, _)| (key, value.unwrap())).collect();
    assert_eq!(found.len(), found.iter().collect::<BTreeSet<_>>().len(), "a pair came twice");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), pairs(&events));
}

#[test]
fn an_outer_join_of_streams_gives_every_pair_and_what_met_nobody_once() {
    let mut events = plain(150, u64::MAX);
    // Much later, one record of each key on each side shows that all windows are over.
    for (key, topic) in (0..7).flat_map(|key| [(key, "left"), (key, "right")]) {
        let (key, value) = (format!("k{key}"), Some(format!("{}-last", &topic[..1])));
        events.push(Event { topic, key, value, timestamp: 100_000 });
    }
    let build = |builder: &StreamsBuilder| {
        let left = builder.stream::<String, String>("left");
        let right = builder.stream::<String, String>("right");
        let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(WINDOW_MS as u64));
        left.outer_join(&right, show, windows).to("out");
    };
    // As in Kafka Streams, the clock that says when to look for what met nobody starts anew with the task: a restart may
    // put that off, but loses nothing.
    let outputs = always_by(&events, build, |mut outputs| {
        outputs.sort();
        outputs
    });
    let met = pairs(&events);
    let alone = events.iter().filter_map(|Event { key, value, topic, .. }| {
        let value = value.as_ref()?;
        let met = met.iter().any(|(of, shown)| of == key && shown.split('+').any(|side| side == value));
        let (left, right) = if *topic == "left" { (Some(value), None) } else { (None, Some(value)) };
        (!met).then(|| (key.clone(), show(left, right)))
    });
    let expected: BTreeSet<_> = met.iter().cloned().chain(alone).collect();
    assert!(expected.iter().any(|(_, shown)| shown.starts_with("-+")));
    assert!(expected.iter().any(|(_, shown)| shown.ends_with("+-")));
    let found: Vec<_> = outputs.into_iter().map(|(key, value, _)| (key, value.unwrap())).collect();
    assert_eq!(found.len(), expected.len(), "something came twice");
    assert_eq!(found.into_iter().collect::<BTreeSet<_>>(), expected);
}

#[test]
fn a_stream_finds_the_current_values_of_a_table() {
    let mut events = plain(150, 5);
    events.retain(|event| event.topic == "right" || event.value.is_some());
    let outputs = always(&events, |builder| {
        let table = builder.table::<String, String>("right");
        let stream = builder.stream::<String, String>("left");
        stream.left_join_table(&table, |left, right| show(Some(left), right)).to("out");
    });
    let mut table = BTreeMap::new();
    let mut expected = Vec::new();
    for Event { topic, key, value, timestamp } in events {
        match (topic, value) {
            ("left", left) => {
                expected.push((key.clone(), Some(show(left.as_ref(), table.get(&key))), timestamp));
            }
            (_, Some(value)) => drop(table.insert(key, value)),
            (_, None) => drop(table.remove(&key)),
        }
    }
    assert_eq!(outputs, expected);
}

#[test]
fn a_stream_with_a_grace_period_finds_the_values_of_its_time() {
    let mut events = plain(150, 5);
    events.retain(|event| event.topic == "right" || event.value.is_some());
    // A version is valid at its own time as well, and of one time the last counts.
    let at = |key: &str, time: i64| {
        let mut updates =
            events.iter().filter(|it| it.topic == "right" && it.key == key && it.timestamp <= time);
        updates.next_back().and_then(|update| update.value.clone())
    };
    let outputs = always(&events, |builder| {
        let versions = VersionedKeyValueStoreSupplier::persistent("versions", Duration::from_secs(600));
        let table = builder.table_with::<String, String>(
            "right",
            Consumed::new(),
            Materialized::new().with_supplier(versions),
        );
        let stream = builder.stream::<String, String>("left");
        let joined = Joined::new().with_grace_period(Duration::from_millis(30));
        stream.left_join_table_with(&table, |left, right| show(Some(left), right), joined).to("out");
    });
    for (key, value, timestamp) in outputs {
        let (left, right) = value.as_deref().unwrap().split_once('+').unwrap();
        assert!(events.iter().any(|it| it.key == key && it.value.as_deref() == Some(left)));
        assert_eq!(right, at(&key, timestamp).as_deref().unwrap_or("-"), "{key} at {timestamp}");
    }
}

#[test]
fn tables_joined_by_key_follow_both_sides() {
    let events = plain(200, 4);
    let outputs = always(&events, |builder| {
        let left = builder.table::<String, String>("left");
        let right = builder.table::<String, String>("right");
        left.outer_join(&right, show).to_stream().to("out");
    });
    let [left, right] = tables(&events);
    let keys: BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let expected: BTreeMap<_, _> =
        keys.into_iter().map(|key| (key.clone(), show(left.get(key), right.get(key)))).collect();
    assert_eq!(table_of(&outputs), expected);
}

#[test]
fn tables_joined_by_foreign_key_follow_both_sides() {
    // Left values name a key of the right table: `k3/l17`.
    let events = events(200, 6, |topic, number, below| match topic {
        "left" => format!("k{}/l{number}", below(9)),
        _ => format!("r{number}"),
    });
    let foreign_key = |left: &String| left.split('/').next().map(str::to_owned);
    for left_join in [false, true] {
        let outputs = always(&events, |builder| {
            let left = builder.table::<String, String>("left");
            let right = builder.table::<String, String>("right");
            let joined = if left_join {
                left.left_join_foreign_key(&right, foreign_key, |left, right| show(Some(left), right))
            } else {
                left.join_foreign_key(&right, foreign_key, |left, right| show(Some(left), Some(right)))
            };
            joined.to_stream().to("out");
        });
        let [left, right] = tables(&events);
        let expected: BTreeMap<_, _> = left
            .iter()
            .map(|(key, value)| (key, value, right.get(&foreign_key(value).unwrap())))
            .filter(|(_, _, found)| left_join || found.is_some())
            .map(|(key, value, found)| (key.clone(), show(Some(value), found)))
            .collect();
        assert_eq!(table_of(&outputs), expected, "left: {left_join}");
    }
}
