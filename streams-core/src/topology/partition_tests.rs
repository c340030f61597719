use std::collections::BTreeMap;

use super::*;
use crate::config::StreamsConfig;
use crate::error::{ErrorKind, Result};

fn source(name: &str, topic: &str) -> Source<String, String> {
    Source::new(name, [topic])
}

fn repartition(topology: &mut Topology, name: &str, from: &str, partitions: Option<i32>) -> Result<()> {
    topology
        .add_repartition_topic(name, RepartitionOptions { partitions })?
        .add_sink(Sink::<String, String>::to(format!("{name}-sink"), name), [from])?
        .add_source(source(&format!("{name}-source"), name))?;
    Ok(())
}

fn counts(topology: &Topology, cluster: &[(&str, i32)]) -> Result<PartitionCounts> {
    let config = StreamsConfig::builder().application_id("app").build()?;
    let cluster: BTreeMap<String, i32> = cluster.iter().map(|(topic, n)| ((*topic).to_owned(), *n)).collect();
    topology.build(&config)?.partition_counts(&cluster)
}

/// `in` -> `x` -> `y`, both repartition topics.
fn chain(x: Option<i32>, y: Option<i32>) -> Topology {
    let mut topology = Topology::new();
    topology.add_source(source("in", "in")).unwrap();
    repartition(&mut topology, "x", "in", x).unwrap();
    repartition(&mut topology, "y", "x-source", y).unwrap();
    topology
}

#[test]
fn a_repartition_topic_is_as_wide_as_what_flows_into_it() {
    let found = counts(&chain(None, None), &[("in", 6)]).unwrap();
    assert_eq!(found.internal_topics, BTreeMap::from([("app-x".into(), 6), ("app-y".into(), 6)]));
    assert_eq!(found.tasks, BTreeMap::from([(0, 6), (1, 6), (2, 6)]));
}

#[test]
fn a_fixed_number_holds_for_the_topic_and_downstream() {
    let found = counts(&chain(Some(2), None), &[("in", 6)]).unwrap();
    assert_eq!(found.internal_topics, BTreeMap::from([("app-x".into(), 2), ("app-y".into(), 2)]));
    let found = counts(&chain(None, Some(9)), &[("in", 6)]).unwrap();
    assert_eq!(found.tasks[&2], 9);
}

#[test]
fn missing_input_topics_are_waited_for() {
    let error = counts(&chain(None, None), &[]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Retry);
    assert!(error.to_string().contains("app-x, app-y"), "{error}");
}

#[test]
fn a_pattern_takes_the_widest_topic_that_it_matches() {
    let mut topology = Topology::new();
    topology.add_source(Source::<String, String>::matching("in", "in-.*").unwrap()).unwrap();
    repartition(&mut topology, "x", "in", None).unwrap();
    let found = counts(&topology, &[("in-1", 2), ("in-2", 5), ("other", 9)]).unwrap();
    assert_eq!(found.tasks, BTreeMap::from([(0, 5), (1, 5)]));
    assert_eq!(counts(&topology, &[("other", 9)]).unwrap_err().kind(), ErrorKind::Retry);
}

/// `in` -> `x`, joined with the topic `other`.
fn join(partitions: Option<i32>) -> Topology {
    let mut topology = Topology::new();
    topology.add_source(source("in", "in")).unwrap().add_source(source("other", "other")).unwrap();
    repartition(&mut topology, "x", "in", partitions).unwrap();
    topology.copartition(["x-source", "other"]).unwrap();
    topology
}

#[test]
fn joined_topics_are_made_equal() {
    let found = counts(&join(None), &[("in", 6), ("other", 4)]).unwrap();
    assert_eq!(found.internal_topics["app-x"], 4);
    let error = counts(&join(Some(3)), &[("in", 6), ("other", 4)]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Topology);
    assert!(error.to_string().contains("`app-x` has 3, `other` has 4"), "{error}");
    assert_eq!(counts(&join(None), &[("in", 6)]).unwrap_err().kind(), ErrorKind::Retry);
}

#[test]
fn joined_repartition_topics_take_the_fixed_or_the_largest_number() {
    let two = |x, y| {
        let mut topology = Topology::new();
        topology.add_source(source("a", "a")).unwrap().add_source(source("b", "b")).unwrap();
        repartition(&mut topology, "x", "a", x).unwrap();
        repartition(&mut topology, "y", "b", y).unwrap();
        topology.copartition(["x", "y"]).unwrap();
        topology
    };
    let cluster = [("a", 3), ("b", 8)];
    assert_eq!(counts(&two(None, None), &cluster).unwrap().internal_topics["app-x"], 8);
    assert_eq!(counts(&two(Some(5), None), &cluster).unwrap().internal_topics["app-y"], 5);
    // Two fixed numbers that differ are refused before the cluster is known.
    assert_eq!(counts(&two(Some(5), Some(6)), &[]).unwrap_err().kind(), ErrorKind::Topology);
}

#[test]
fn groups_that_share_a_topic_are_one() {
    let mut topology = Topology::new();
    for name in ["a", "b", "c", "d", "e"] {
        topology.add_source(source(name, name)).unwrap();
    }
    topology
        .copartition(["a", "b"])
        .unwrap()
        .copartition(["d", "e"])
        .unwrap()
        .copartition(["b", "c"])
        .unwrap();
    let config = StreamsConfig::builder().application_id("app").build().unwrap();
    let built = topology.build(&config).unwrap();
    let groups: Vec<Vec<&str>> =
        built.copartition_groups().iter().map(|group| group.iter().map(|topic| &**topic).collect()).collect();
    assert_eq!(groups, [vec!["a", "b", "c"], vec!["d", "e"]]);
    assert!(topology.copartition(["nobody"]).is_err());
}

#[test]
fn a_topic_that_joins_a_second_group_leaves_the_first_one_as_it_was() {
    let mut topology = Topology::new();
    for name in ["in1", "in2", "tab3", "in4"] {
        topology.add_source(source(name, name)).unwrap();
    }
    topology
        .copartition(["in2", "tab3"])
        .unwrap()
        .copartition(["in1", "in4"])
        .unwrap()
        .copartition(["in1", "in2", "tab3"])
        .unwrap();
    let config = StreamsConfig::builder().application_id("app").build().unwrap();
    let built = topology.build(&config).unwrap();
    let groups: Vec<Vec<&str>> =
        built.copartition_groups().iter().map(|group| group.iter().map(|topic| &**topic).collect()).collect();
    assert_eq!(groups, [vec!["in1", "in2", "tab3"], vec!["in1", "in4"]]);
}
