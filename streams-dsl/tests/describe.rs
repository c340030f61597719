//! Generated names and the order of nodes, against texts that Kafka Streams 4.3.1 printed.

use std::time::Duration;

use streams_dsl::prelude::*;

fn first_char(value: &str) -> String {
    value.chars().take(1).collect()
}

#[test]
fn streams_of_equal_topics_share_a_source_and_priorities_order_the_nodes() {
    let builder = StreamsBuilder::new();
    let a = builder.stream::<String, String>("in");
    let b = builder.stream::<String, String>("in");
    b.map_values(|value| value.to_lowercase()).to("lower");
    a.select_key(|_, value| first_char(value)).repartition().to("out");
    assert_eq!(
        builder.build().unwrap().describe().to_string(),
        "Topologies:
   Sub-topology: 0
    Source: KSTREAM-SOURCE-0000000000 (topics: [in])
      --> KSTREAM-KEY-SELECT-0000000004, KSTREAM-MAPVALUES-0000000002
    Processor: KSTREAM-KEY-SELECT-0000000004 (stores: [])
      --> KSTREAM-FILTER-0000000007
      <-- KSTREAM-SOURCE-0000000000
    Processor: KSTREAM-FILTER-0000000007 (stores: [])
      --> KSTREAM-SINK-0000000006
      <-- KSTREAM-KEY-SELECT-0000000004
    Processor: KSTREAM-MAPVALUES-0000000002 (stores: [])
      --> KSTREAM-SINK-0000000003
      <-- KSTREAM-SOURCE-0000000000
    Sink: KSTREAM-SINK-0000000003 (topic: lower)
      <-- KSTREAM-MAPVALUES-0000000002
    Sink: KSTREAM-SINK-0000000006 (topic: KSTREAM-REPARTITION-0000000005-repartition)
      <-- KSTREAM-FILTER-0000000007

  Sub-topology: 1
    Source: KSTREAM-SOURCE-0000000008 (topics: [KSTREAM-REPARTITION-0000000005-repartition])
      --> KSTREAM-SINK-0000000009
    Sink: KSTREAM-SINK-0000000009 (topic: out)
      <-- KSTREAM-SOURCE-0000000008

"
    );
}

#[test]
fn of_the_joins_that_share_a_repartition_topic_only_the_first_is_copartitioned_with_it() {
    type Join<'a> = &'a dyn Fn(&KStream<String, String>, &StreamsBuilder, &str);
    let config = StreamsConfig::builder().application_id("app").build().unwrap();
    let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_millis(5));
    let joins: [Join<'_>; 2] = [
        &|stream, builder, topic| {
            let other = builder.stream::<String, String>(topic);
            stream.join(&other, |left, _| left.clone(), windows).to("out");
        },
        &|stream, builder, topic| {
            let other = builder.table::<String, String>(topic);
            stream.join_table(&other, |left, _| left.clone()).to("out");
        },
    ];
    for join in joins {
        let builder = StreamsBuilder::new();
        let rekeyed = builder.stream::<String, String>("in").select_key(|_, value| first_char(value));
        join(&rekeyed, &builder, "first");
        join(&rekeyed, &builder, "second");
        let built = builder.build().unwrap().build(&config).unwrap();
        let groups: Vec<String> =
            built.copartition_groups().iter().map(|group| format!("{group:?}")).collect();
        let shared = "app-KSTREAM-KEY-SELECT-0000000001-repartition";
        assert_eq!(groups, [format!("{{\"{shared}\", \"first\"}}")]);
    }
}
