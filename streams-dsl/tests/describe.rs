//! Generated names and the order of nodes, against texts that Kafka Streams 4.3.1 printed.

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
