//! Joins and suppressions on the test driver.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

use std::time::Duration;

use streams_dsl::prelude::*;
use streams_test::{TestRecord, TopologyTestDriver};

const MS: Duration = Duration::from_millis(1);

fn driver(builder: &StreamsBuilder) -> TopologyTestDriver {
    TopologyTestDriver::new(&builder.build().unwrap()).unwrap()
}

/// Pipes (topic, key, value, timestamp) and returns what came out of `out` as `key=value@timestamp`.
fn run(driver: &TopologyTestDriver, input: &[(&str, &str, &str, i64)]) -> Vec<String> {
    for (topic, key, value, timestamp) in input {
        let mut topic = driver.create_input_topic::<String, String>(topic);
        topic.pipe_input_at((*key).to_owned(), (*value).to_owned(), *timestamp).unwrap();
    }
    let mut out = driver.create_output_topic::<String, Option<String>>("out");
    let records = out.read_records_to_list().unwrap();
    let show = |value: &Option<String>| value.clone().unwrap_or_else(|| "deleted".to_owned());
    let time = |record: &TestRecord<_, _>| record.timestamp.unwrap_or_default();
    records.iter().map(|record| format!("{}={}@{}", record.key, show(&record.value), time(record))).collect()
}

fn pair(left: Option<&String>, right: Option<&String>) -> String {
    let show = |side: Option<&String>| side.map_or_else(|| "-".to_owned(), Clone::clone);
    format!("{}{}", show(left), show(right))
}

#[test]
fn streams_meet_within_the_window_and_an_outer_join_gives_out_what_met_nobody() {
    let builder = StreamsBuilder::new();
    let left = builder.stream::<String, String>("left");
    let right = builder.stream::<String, String>("right");
    let windows = JoinWindows::of_time_difference_with_no_grace(5 * MS);
    left.outer_join(&right, pair, windows).to("out");
    let driver = driver(&builder);
    let out = run(
        &driver,
        &[
            ("left", "a", "l0", 0),
            ("right", "a", "r5", 5),
            ("left", "b", "l6", 6),
            ("right", "c", "r7", 7),
            ("left", "x", "l99", 99),
        ],
    );
    assert_eq!(out, ["a=l0r5@5", "b=l6-@6", "c=-r7@7"]);
}

#[test]
fn an_outer_join_looks_one_record_beyond_the_open_ones_before_it_decides_when_to_look_again() {
    let builder = StreamsBuilder::new();
    let left = builder.stream::<String, String>("left");
    let right = builder.stream::<String, String>("right");
    left.outer_join(&right, pair, JoinWindows::of_time_difference_with_no_grace(10 * MS)).to("out");
    let driver = driver(&builder);
    let input = [
        ("left", "a", "a", 0),
        ("right", "b", "b", 5),
        ("left", "c", "c", 8),
        ("right", "d", "d", 9),
        ("left", "e", "e", 11),
    ];
    assert_eq!(run(&driver, &input), ["a=a-@0"]);
    assert!(run(&driver, &[("left", "f", "f", 19)]).is_empty());
    assert_eq!(run(&driver, &[("left", "g", "g", 20)]), ["b=-b@5", "c=c-@8", "d=-d@9"]);
}

#[test]
fn an_outer_join_that_was_idle_waits_a_whole_interval_after_its_next_look() {
    let builder = StreamsBuilder::new();
    let left = builder.stream::<String, String>("left");
    let right = builder.stream::<String, String>("right");
    left.outer_join(&right, pair, JoinWindows::of_time_difference_with_no_grace(10 * MS)).to("out");
    let each_second = ("__emit.interval.ms.kstreams.outer.join.spurious.results.fix__", 1000);
    let config =
        StreamsConfig::builder().application_id("app").set(each_second.0, each_second.1).build().unwrap();
    let driver = TopologyTestDriver::builder().config(&config).wall_clock_ms(1000);
    let driver = driver.build(&builder.build().unwrap()).unwrap();
    let after = |idle: u32, value: &str, timestamp: i64| {
        driver.advance_wall_clock_time(idle * MS).unwrap();
        run(&driver, &[("left", value, value, timestamp)])
    };
    assert!(after(0, "a", 0).is_empty());
    assert_eq!(after(10_000, "b", 20), ["a=a-@0"]);
    assert!(after(500, "c", 40).is_empty());
    assert_eq!(after(500, "d", 60), ["b=b-@20", "c=c-@40"]);
}

#[test]
fn a_window_may_lie_wholly_after_the_left_record() {
    let builder = StreamsBuilder::new();
    let left = builder.stream::<String, String>("left");
    let right = builder.stream::<String, String>("right");
    let windows = JoinWindows::of_time_difference_with_no_grace(10 * MS).starting_after(5 * MS);
    left.join(&right, |left, right| format!("{left}{right}"), windows).to("out");
    let driver = driver(&builder);
    let out = run(
        &driver,
        &[
            ("left", "a", "l20", 20),
            ("right", "a", "r24", 24),
            ("right", "a", "r25", 25),
            ("right", "a", "r30", 30),
            ("right", "a", "r31", 31),
        ],
    );
    assert_eq!(out, ["a=l20r25@25", "a=l20r30@30"]);
}

#[test]
fn a_window_before_the_epoch_has_the_records_at_the_epoch() {
    let builder = StreamsBuilder::new();
    let left = builder.stream::<String, String>("left");
    let right = builder.stream::<String, String>("right");
    let windows = JoinWindows::of_time_difference_with_no_grace(10 * MS).ending_before(5 * MS);
    left.join(&right, |left, right| format!("{left}{right}"), windows).to("out");
    let driver = driver(&builder);
    let out = run(&driver, &[("right", "a", "r0", 0), ("left", "a", "l3", 3), ("left", "a", "l7", 7)]);
    assert_eq!(out, ["a=l3r0@3", "a=l7r0@7"]);
}

/// The results of a self-join of records at 0, 3, 7, 20 and 12, each called after its time.
fn self_join(optimization: &str, windows: JoinWindows) -> Vec<String> {
    let config = StreamsConfig::builder().application_id("app").set("topology.optimization", optimization);
    let builder = StreamsBuilder::with_config(&config.build().unwrap());
    let stream = builder.stream::<String, String>("in");
    stream.join(&stream, |left, right| format!("{left}-{right}"), windows).to("out");
    let input = [("0", 0), ("3", 3), ("7", 7), ("20", 20), ("12", 12)];
    run(&driver(&builder), &input.map(|(value, timestamp)| ("in", "a", value, timestamp)))
}

#[test]
fn on_one_store_each_record_joins_itself_even_where_the_window_excludes_its_time() {
    let windows = JoinWindows::of_time_difference_with_no_grace(10 * MS);
    let earlier = windows.ending_before(5 * MS);
    assert_eq!(self_join("none", earlier), ["a=3-0@3", "a=7-0@7", "a=20-12@20"]);
    let all = ["a=0-0@0", "a=3-0@3", "a=3-3@3", "a=7-0@7", "a=7-7@7", "a=20-20@20", "a=20-12@20"];
    assert_eq!(self_join("all", earlier), all);
    let later = windows.starting_after(5 * MS);
    assert_eq!(self_join("none", later), ["a=0-0@0", "a=0-3@3", "a=12-20@20"]);
    let all = ["a=0-0@0", "a=0-3@3", "a=3-3@3", "a=0-7@7", "a=7-7@7", "a=20-20@20", "a=12-20@20"];
    assert_eq!(self_join("all", later), all);
}

#[test]
fn a_self_join_on_one_store_gives_what_two_stores_give() {
    let results = ["none", "single.store.self.join"].map(|optimization| {
        let config = StreamsConfig::builder()
            .application_id("app")
            .set("topology.optimization", optimization)
            .build()
            .unwrap();
        let builder = StreamsBuilder::with_config(&config);
        let stream = builder.stream::<String, String>("in");
        let windows = JoinWindows::of_time_difference_with_no_grace(4 * MS).after(2 * MS);
        stream.join(&stream, |left, right| format!("{left}{right}"), windows).to("out");
        let driver = driver(&builder);
        let stores = driver.state_store_names().unwrap().len();
        let input = [("in", "a", "1", 1), ("in", "a", "4", 4), ("in", "a", "2", 2), ("in", "a", "3", 3)];
        (stores, run(&driver, &input))
    });
    assert_eq!((results[0].0, results[1].0), (2, 1));
    assert_eq!(results[0].1, results[1].1);
    assert!(results[0].1.len() > 4);
}

#[test]
fn a_stream_sees_the_current_values_of_tables_local_or_global() {
    let builder = StreamsBuilder::new();
    let names = builder.table::<String, String>("names");
    let cities = builder.global_table::<String, String>("cities");
    builder
        .stream::<String, String>("clicks")
        .join_table(&names, |city, name| format!("{name}:{city}"))
        .left_join_global_table(
            &cities,
            |_, text| text.rsplit(':').next().unwrap_or_default().to_owned(),
            |text, city| pair(Some(text), city),
        )
        .to("out");
    let driver = driver(&builder);
    let out = run(
        &driver,
        &[
            ("clicks", "u", "c1", 1),
            ("names", "u", "Ann", 9),
            ("clicks", "u", "c1", 2),
            ("cities", "c1", "Rome", 3),
            ("clicks", "u", "c1", 4),
        ],
    );
    assert_eq!(out, ["u=Ann:c1-@2", "u=Ann:c1Rome@4"]);
}

#[test]
fn tables_follow_both_sides_by_key_and_by_foreign_key() {
    let builder = StreamsBuilder::new();
    let orders = builder.table::<String, String>("orders");
    let customers = builder.table::<String, String>("customers");
    let customer = |order: &String| order.split_once(':').map(|(customer, _)| customer.to_owned());
    let named = orders.join_foreign_key(&customers, customer, |order, name| format!("{order}/{name}"));
    named.left_join(&builder.table::<String, String>("notes"), |l, r| pair(Some(l), r)).to_stream().to("out");
    let driver = driver(&builder);
    let out = run(
        &driver,
        &[
            ("orders", "o1", "c1:tea", 1),
            ("customers", "c1", "Ann", 2),
            ("notes", "o1", "!", 3),
            ("customers", "c1", "Bob", 4),
            ("orders", "o1", "nobody", 5),
        ],
    );
    assert_eq!(out, ["o1=c1:tea/Ann-@2", "o1=c1:tea/Ann!@3", "o1=c1:tea/Bob!@4", "o1=deleted@5"]);
}

#[test]
fn a_suppressed_window_gives_one_result_when_it_is_closed() {
    let builder = StreamsBuilder::new();
    builder
        .stream::<String, String>("in")
        .group_by_key()
        .windowed_by(TimeWindows::of_size_with_no_grace(10 * MS))
        .count()
        .suppress(Suppressed::until_window_closes(BufferConfig::unbounded()))
        .map_values(|count| count.to_string())
        .to_stream()
        .select_key(|window, _| format!("{}@{}", window.key, window.window.start))
        .to("out");
    let driver = driver(&builder);
    let input = [("in", "a", "", 0), ("in", "a", "", 9), ("in", "b", "", 10), ("in", "a", "", 20)];
    assert_eq!(run(&driver, &input), ["a@0=2@9", "b@10=1@10"]);
}

#[test]
fn a_suppression_that_may_not_emit_early_fails_when_it_is_full() {
    let builder = StreamsBuilder::new();
    let full = BufferConfig::max_records(1).shut_down_when_full();
    let table = builder.table::<String, String>("in");
    table.suppress(Suppressed::until_time_limit(1000 * MS, full).with_name("held")).to_stream().to("out");
    let driver = driver(&builder);
    assert!(run(&driver, &[("in", "a", "1", 1)]).is_empty());
    let mut topic = driver.create_input_topic::<String, String>("in");
    let error = topic.pipe_input_at("b".to_owned(), "2".to_owned(), 2).unwrap_err();
    assert!(error.to_string().contains("the buffer of `held` is full"), "{error}");
}

/// A joiner that does not take what begins with `x`.
fn picky(left: &str, right: Option<&String>) -> Result<String, String> {
    if left.starts_with('x') || right.is_some_and(|right| right.starts_with('x')) {
        return Err("nothing joins with x".to_owned());
    }
    Ok(format!("{left}{}", right.map_or("", String::as_str)))
}

/// What comes out of a join whose joiner fails for some records, with a handler that goes on.
fn run_failing(build: impl Fn(&StreamsBuilder), input: &[(&str, &str, &str, i64)]) -> Vec<String> {
    let goes_on = StreamsConfig::builder()
        .application_id("app")
        .set("processing.exception.handler", "continue")
        .build()
        .unwrap();
    let builder = StreamsBuilder::new();
    build(&builder);
    let topology = builder.build().unwrap();
    let lenient = TopologyTestDriver::with_config(&topology, &goes_on).unwrap();
    let out = run(&lenient, input);
    assert_eq!(lenient.dropped_records().unwrap(), 1);

    let strict = TopologyTestDriver::new(&topology).unwrap();
    let failed = input.iter().find_map(|(topic, key, value, timestamp)| {
        let mut topic = strict.create_input_topic::<String, String>(topic);
        topic.pipe_input_at((*key).to_owned(), (*value).to_owned(), *timestamp).err()
    });
    assert!(failed.unwrap().to_string().contains("nothing joins with x"));
    out
}

const PICKED: [(&str, &str, &str, i64); 5] = [
    ("right", "a", "r1", 1),
    ("left", "a", "l2", 2),
    ("left", "a", "x3", 3),
    ("left", "a", "l4", 4),
    ("left", "b", "l99", 99),
];

#[test]
fn a_joiner_that_fails_leaves_the_record_to_the_handler() {
    let windows = JoinWindows::of_time_difference_with_no_grace(50 * MS);
    let sides =
        |builder: &StreamsBuilder| (builder.stream::<String, String>("left"), builder.stream("right"));
    let tables = |builder: &StreamsBuilder| (builder.table::<String, String>("left"), builder.table("right"));
    let inner = |left: &String, right: &String| picky(left, Some(right));
    let left_joiner = |left: &String, right: Option<&String>| picky(left, right);

    let joined = ["a=l2r1@2", "a=l4r1@4"];
    let out = run_failing(
        |builder| {
            let (left, right) = sides(builder);
            left.try_join(&right, inner, windows).to("out");
        },
        &PICKED,
    );
    assert_eq!(out, joined);
    let out = run_failing(
        |builder| {
            let (left, right) = (builder.stream::<String, String>("left"), builder.table("right"));
            left.try_join_table(&right, inner).to("out");
        },
        &PICKED,
    );
    assert_eq!(out, joined);
    let out = run_failing(
        |builder| {
            let (left, right) = (builder.stream::<String, String>("left"), builder.global_table("right"));
            left.try_join_global_table(&right, |key: &String, _| key.clone(), inner).to("out");
        },
        &PICKED,
    );
    assert_eq!(out, joined);
    let out = run_failing(
        |builder| {
            let (left, right) = tables(builder);
            left.try_left_join(&right, left_joiner).to_stream().to("out");
        },
        &PICKED,
    );
    assert_eq!(out, ["a=l2r1@2", "a=l4r1@4", "b=l99@99"]);
    let out = run_failing(
        |builder| {
            let (left, right) = tables(builder);
            let joined = (TableJoined::new(), Materialized::new());
            let key = |key: &String, _: &String| Some(key.clone());
            left.try_join_foreign_key_keyed_with(&right, key, inner, joined.0, joined.1)
                .to_stream()
                .to("out");
        },
        &PICKED,
    );
    assert_eq!(out, joined);
}

#[test]
fn a_foreign_key_join_refuses_partitioners_of_several_partitions() {
    let sends_to = |partitions: &'static [i32]| {
        let builder = StreamsBuilder::new();
        let orders = builder.table::<String, String>("orders");
        let customers = builder.table::<String, String>("customers");
        let partitioner = |_: &str, _: &String, (): &(), _: i32| Partitions::Many(partitions.to_vec());
        let joined = TableJoined::new().with_other_partitioner(partitioner);
        let customer = |order: &String| Some(order.clone());
        let joiner = |order: &String, name: &String| format!("{order}/{name}");
        orders
            .join_foreign_key_with(&customers, customer, joiner, joined, Materialized::new())
            .to_stream()
            .to("out");
        let driver = driver(&builder);
        driver.create_input_topic::<String, String>("orders").pipe_input("o1", "c1")
    };
    sends_to(&[0]).unwrap();
    for several in [&[][..], &[0, 0]] {
        let error = sends_to(several).unwrap_err().to_string();
        assert!(error.contains("must choose one partition"), "{error}");
        assert!(error.contains("SUBSCRIPTION-REGISTRATION"), "{error}");
    }
}

#[test]
fn an_aggregate_with_a_versioned_store_can_be_joined_with_a_grace_period() {
    let builder = StreamsBuilder::new();
    let store = VersionedKeyValueStoreSupplier::persistent("latest", 100 * MS);
    let table = builder
        .stream::<String, String>("in")
        .group_by_key()
        .reduce_with(|_, new| new, Materialized::as_("latest").with_supplier(store));
    let joined = Joined::new().with_grace_period(10 * MS);
    builder
        .stream::<String, String>("left")
        .join_table_with(&table, |left, right| format!("{left}{right}"), joined)
        .to("out");
    let input = [("in", "a", "1", 1), ("in", "a", "5", 5), ("left", "a", "l", 2), ("left", "b", "l", 20)];
    assert_eq!(run(&driver(&builder), &input), ["a=l1@2"]);
}
