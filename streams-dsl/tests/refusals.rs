//! What `build()` refuses, and what it says.
#![allow(clippy::unwrap_used, reason = "a helper that panics fails its test, as it should")]

use std::time::Duration;

use streams_dsl::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

/// The error of `build()` after `f` has used the builder.
fn refusal(f: impl FnOnce(&StreamsBuilder)) -> Error {
    let builder = StreamsBuilder::new();
    f(&builder);
    builder.build().expect_err("the topology is refused")
}

#[track_caller]
fn assert_refused(kind: ErrorKind, parts: &[&str], f: impl FnOnce(&StreamsBuilder)) {
    let error = refusal(f);
    assert_eq!(error.kind(), kind, "{error}");
    for part in parts {
        assert!(error.to_string().contains(part), "`{part}` is not in `{error}`");
    }
}

#[test]
fn names_that_no_topic_could_have() {
    assert_refused(ErrorKind::Topology, &["a b", "illegal"], |builder| {
        builder.stream::<String, String>("in").filter_with(|_, _| true, Named::as_("a b"));
    });
    assert_refused(ErrorKind::Topology, &["störe"], |builder| {
        builder.stream::<String, String>("in").group_by_key().count_with(Materialized::as_("störe"));
    });
}

#[test]
fn the_first_mistake_is_the_one_reported() {
    assert_refused(ErrorKind::Topology, &["first one"], |builder| {
        let stream = builder.stream::<String, String>("in");
        stream.peek_with(|_, _| {}, Named::as_("first one"));
        stream.peek_with(|_, _| {}, Named::as_("second one"));
    });
}

#[test]
fn two_operators_or_stores_of_one_name() {
    assert_refused(ErrorKind::Topology, &["twice"], |builder| {
        let stream = builder.stream::<String, String>("in");
        stream.peek_with(|_, _| {}, Named::as_("twice"));
        stream.peek_with(|_, _| {}, Named::as_("twice"));
    });
    assert_refused(ErrorKind::Topology, &["counts"], |builder| {
        let grouped = builder.stream::<String, String>("in").group_by_key();
        grouped.count_with(Materialized::as_("counts"));
        grouped.count_with(Materialized::as_("counts"));
    });
}

#[test]
fn cogroups_that_would_repartition_a_grouped_stream_under_one_name() {
    assert_refused(ErrorKind::Topology, &["by-value-repartition-filter"], |builder| {
        let stream = builder.stream::<String, String>("in");
        let grouped = stream.group_by_with(|_, value| value.clone(), Grouped::as_("by-value"));
        grouped.cogroup(|_, _, count| count + 1).aggregate(|| 0_i64);
        grouped.cogroup(|_, _, count| count + 2).aggregate(|| 0_i64);
    });
    assert_refused(ErrorKind::Topology, &["`scores-repartition`", "`Grouped`", "another name"], |builder| {
        let by_value = |topic| builder.stream::<String, String>(topic).group_by(|_, value| value.clone());
        let both = by_value("clicks").cogroup(|_, _, n| n + 1).cogroup(&by_value("views"), |_, _, n| n + 1);
        both.aggregate_with(|| 0_i64, Materialized::as_("scores"));
    });
}

#[test]
fn a_type_without_a_serde_where_one_is_needed() {
    #[derive(Clone)]
    struct Order;

    let parts = ["KSTREAM-SINK-0000000002", "values", "Order", "DefaultSerde"];
    assert_refused(ErrorKind::Topology, &parts, |builder| {
        builder.stream::<String, String>("in").map_values(|_| Order).to_with("out", Produced::inherited());
    });
}

#[test]
fn streams_of_overlapping_topics_or_different_resets() {
    assert_refused(ErrorKind::Topology, &["in common"], |builder| {
        builder.stream::<String, String>(["a", "b"]);
        builder.stream::<String, String>(["b", "c"]);
    });
    assert_refused(ErrorKind::Topology, &["offset reset"], |builder| {
        let latest = Consumed::<String, String>::new().with_offset_reset_policy(AutoOffsetReset::Latest);
        builder.stream_with("a", latest);
        builder.stream::<String, String>("a");
    });
}

#[test]
fn streams_of_one_topic_in_two_types() {
    assert_refused(ErrorKind::Topology, &["KSTREAM-FILTER-0000000003", "i64", "String"], |builder| {
        builder.stream::<String, String>("a").for_each(|_, _| {});
        builder.stream::<String, i64>("a").filter(|_, n| *n > 1);
    });
}

#[test]
fn impossible_windows() {
    let windowed_by = |windows: TimeWindows| {
        refusal(|builder| {
            builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
        })
    };
    let empty = windowed_by(TimeWindows::of_size_with_no_grace(Duration::ZERO));
    assert!(empty.to_string().contains("longer than 0 ms"), "{empty}");
    let gaps = windowed_by(TimeWindows::of_size_with_no_grace(SECOND).advance_by(2 * SECOND));
    assert!(gaps.to_string().contains("advance by 1 to 1000 ms"), "{gaps}");
    assert_refused(ErrorKind::Argument, &["never close"], |builder| {
        let grouped = builder.stream::<String, String>("in").group_by_key();
        grouped.windowed_by(UnlimitedWindows::of()).emit_strategy(EmitStrategy::OnWindowClose).count();
    });
}

#[test]
fn a_retention_shorter_than_windows_and_grace() {
    assert_refused(ErrorKind::Argument, &["`short`", "2000 ms", "1000 ms"], |builder| {
        let windows = TimeWindows::of_size_and_grace(SECOND, SECOND);
        let materialized = Materialized::as_("short").with_retention(SECOND);
        builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count_with(materialized);
    });
}

#[test]
fn suppliers_of_the_wrong_kind() {
    assert_refused(ErrorKind::Argument, &["`sessions`", "key-value"], |builder| {
        let materialized =
            Materialized::new().with_supplier(SessionStoreSupplier::in_memory("sessions", SECOND));
        builder.stream::<String, String>("in").group_by_key().count_with(materialized);
    });
    assert_refused(ErrorKind::Argument, &["supplier", "store type"], |builder| {
        let materialized = Materialized::new()
            .with_supplier(KeyValueStoreSupplier::in_memory("counts"))
            .with_store_type(DslStoreKind::InMemory);
        builder.stream::<String, String>("in").group_by_key().count_with(materialized);
    });
    assert_refused(ErrorKind::Topology, &["global table", "versioned"], |builder| {
        let supplier = VersionedKeyValueStoreSupplier::persistent("versions", SECOND);
        let materialized = Materialized::<String, String>::new().with_supplier(supplier);
        builder.global_table_with("in", Consumed::new(), materialized);
    });
    assert_refused(ErrorKind::Argument, &["global table", "`in`", "Materialized::as_"], |builder| {
        builder.global_table_with::<String, String>("in", Consumed::new(), Materialized::new());
    });
}

#[test]
fn a_table_whose_extractor_knows_no_deletions() {
    struct Zero;
    impl TimestampExtractor<String, String> for Zero {
        fn extract(&self, _: &Record<String, String>, _: i64) -> Result<i64, Error> {
            Ok(0)
        }
    }
    assert_refused(ErrorKind::Argument, &["with_table_timestamp_extractor"], |builder| {
        builder.table_with("in", Consumed::new().with_timestamp_extractor(Zero), Materialized::new());
    });
}

#[test]
fn names_that_were_made_up_if_the_setting_forbids_them() {
    let strict = StreamsConfig::builder()
        .application_id("strict")
        .set("ensure.explicit.internal.resource.naming", true)
        .build()
        .unwrap();
    let topology = |name: Option<&str>| {
        let builder = StreamsBuilder::new();
        let stream = builder.stream::<String, String>("in");
        let (grouped, counts) = match name {
            Some(name) => (Grouped::as_(name), Materialized::as_(name)),
            None => (Grouped::new(), Materialized::new()),
        };
        stream.group_by_with(|_, word| word.clone(), grouped).count_with(counts);
        builder.build().unwrap()
    };
    let error = topology(None).build(&strict).unwrap_err().to_string();
    assert!(error.contains("KSTREAM-AGGREGATE-STATE-STORE-0000000003"), "{error}");
    assert!(error.contains("-repartition"), "{error}");
    topology(Some("words")).build(&strict).unwrap();
}

#[test]
fn a_made_up_name_is_refused_on_demand_even_of_a_store_that_nobody_needs() {
    let strict = StreamsConfig::builder()
        .application_id("app")
        .set("ensure.explicit.internal.resource.naming", true)
        .set("topology.optimization", "all")
        .build()
        .unwrap();
    let refusal = |f: &dyn Fn(&StreamsBuilder)| {
        let builder = StreamsBuilder::with_config(&strict);
        f(&builder);
        builder.build().unwrap().build(&strict).err().map(|error| error.to_string()).unwrap_or_default()
    };
    let error = refusal(&|builder| builder.table::<String, String>("in").to_stream().to("out"));
    assert!(error.contains("changelog topics of in-STATE-STORE-0000000000; state stores in-"), "{error}");
    let error = refusal(&|builder| drop(builder.global_table::<String, String>("in")));
    assert!(error.contains("these have no name of yours: state stores in-STATE-STORE-0000000000"), "{error}");
    let error = refusal(&|builder| drop(builder.stream::<String, String>("in").to_table::<String>()));
    assert!(error.contains("state stores KSTREAM-TOTABLE-STATE-STORE-0000000002"), "{error}");
    let self_join = |builder: &StreamsBuilder, joined| {
        let stream = builder.stream::<String, String>("in");
        let windows = JoinWindows::of_time_difference_with_no_grace(SECOND);
        stream.join_with(&stream, |left, _| left.clone(), windows, joined).to("out");
    };
    let error = refusal(&|builder| self_join(builder, StreamJoined::new()));
    assert!(
        error.contains("KSTREAM-JOINOTHER-0000000004-store, KSTREAM-JOINTHIS-0000000003-store; name"),
        "{error}"
    );
    assert_eq!(refusal(&|builder| self_join(builder, StreamJoined::as_("itself"))), "");
}

#[test]
fn joins_whose_windows_or_stores_do_not_fit() {
    let windows = JoinWindows::of_time_difference_with_no_grace(5 * SECOND);
    let join = |builder: &StreamsBuilder, windows, joined| {
        let left = builder.stream::<String, String>("left");
        let right = builder.stream::<String, String>("right");
        left.join_with(&right, |left, _| left.clone(), windows, joined);
    };
    assert_refused(ErrorKind::Argument, &["ends 1000 ms before it starts"], |builder| {
        join(builder, windows.ending_before(6 * SECOND), StreamJoined::new());
    });
    let supplier = |name: &str, size| WindowStoreSupplier::in_memory(name, 10 * SECOND, size, true).unwrap();
    assert_refused(ErrorKind::Topology, &["`kept`", "windows of 10000 ms"], |builder| {
        join(builder, windows, StreamJoined::new().with_this_store_supplier(supplier("kept", 9 * SECOND)));
    });
    assert_refused(ErrorKind::Topology, &["cannot share the store `kept`"], |builder| {
        let kept = || supplier("kept", 10 * SECOND);
        let joined = StreamJoined::new().with_this_store_supplier(kept()).with_other_store_supplier(kept());
        join(builder, windows, joined);
    });
}

#[test]
fn grace_periods_that_the_table_cannot_serve() {
    let join = |builder: &StreamsBuilder, table: Materialized<String, String>| {
        let table = builder.table_with("table", Consumed::new(), table);
        let joined = Joined::new().with_grace_period(5 * SECOND);
        builder.stream::<String, String>("in").join_table_with(&table, |value, _| value.clone(), joined);
    };
    assert_refused(ErrorKind::Argument, &["must have a versioned store"], |builder| {
        join(builder, Materialized::as_("store"));
    });
    assert_refused(ErrorKind::Argument, &["remembers only 4000 ms"], |builder| {
        let versions = VersionedKeyValueStoreSupplier::persistent("store", 4 * SECOND);
        join(builder, Materialized::new().with_supplier(versions));
    });
}

#[test]
fn suppressions_of_what_never_closes_or_keeps_versions() {
    assert_refused(ErrorKind::Topology, &["no windowed aggregation above it"], |builder| {
        let keys = String::default_serde().time_windowed(1000);
        let consumed = Consumed::with(keys, String::default_serde());
        let table = builder.table_with("in", consumed, Materialized::inherited());
        table.suppress_with(Suppressed::until_window_closes(BufferConfig::unbounded()));
    });
    assert_refused(ErrorKind::Topology, &["versioned store"], |builder| {
        let versions = VersionedKeyValueStoreSupplier::persistent("store", SECOND);
        let stored = Materialized::new().with_supplier(versions);
        let table = builder.table_with::<String, String>("in", Consumed::new(), stored);
        table.suppress(Suppressed::until_time_limit(SECOND, BufferConfig::unbounded()));
    });
}

#[test]
fn foreign_keys_of_tables_whose_serdes_nobody_knows() {
    #[derive(Clone)]
    struct Opaque;
    assert_refused(ErrorKind::Topology, &["needs a serde for values", "materialize"], |builder| {
        let left = builder.table::<String, String>("left").map_values(|_| Opaque);
        let right = builder.table::<String, String>("right");
        let (joined, store) = (TableJoined::as_("fk"), Materialized::new());
        left.join_foreign_key_with(&right, |_| None, |_, right| right.clone(), joined, store);
    });
}
