//! `streams topics`.

use rdkafka::mocking::MockCluster;
use serde_json::Value;

use crate::cluster::{Cluster, streams};

#[test]
fn settings_of_a_topic_are_altered_one_by_one() {
    let cluster = Cluster::start();
    cluster.text("topics create words --config retention.ms=60000 --config max.message.bytes=5000");
    cluster.text("topics alter words --config retention.ms=70000 --delete-config max.message.bytes");
    cluster.text("topics alter words --config segment.ms=90000");
    let described = cluster.json("topics describe words");
    let settings: Vec<_> = described
        .iter()
        .filter_map(|row| Some((row["setting"].as_str()?, row["value"].as_str()?, row["set_by"].as_str()?)))
        .collect();
    assert_eq!(settings, [("retention.ms", "70000", "topic"), ("segment.ms", "90000", "topic")]);

    let all = cluster.json("topics describe words --all-settings");
    assert!(
        all.iter().any(|row| row["setting"] == "cleanup.policy" && row["set_by"] == "default"),
        "{all:?}"
    );

    let refused = cluster.error("topics alter words --delete-config cleanup.policy");
    assert!(refused.contains("no setting cleanup.policy of its own"), "{refused}");
}

#[test]
fn partitions_can_be_added_and_not_taken_away() {
    let cluster = Cluster::start();
    cluster.text("topics create words -p 2");
    assert_eq!(cluster.json("topics partitions words 5"), [serde_json::json!({ "altered": "words" })]);
    assert_eq!(cluster.json("topics list"), [serde_json::json!({ "topic": "words", "partitions": 5 })]);
    assert!(cluster.error("topics partitions words 3").contains("words to 3"));
}

#[test]
fn a_topic_that_is_not_there_cannot_be_altered() {
    let cluster = Cluster::start();
    let refused = cluster.error("topics alter nope --config retention.ms=1000");
    assert_eq!(refused, "streams: there is no topic nope\n");
    assert!(cluster.json("topics list").is_empty());
}

#[test]
fn a_value_that_the_broker_refuses_is_an_error_and_changes_nothing() {
    let cluster = Cluster::start();
    cluster.text("topics create words --config retention.ms=60000");
    for setting in ["retention.ms=abc", "no.such.key=1"] {
        let refused = cluster.error(&format!("topics alter words --config {setting}"));
        assert_eq!(
            refused,
            format!("streams: topic words is not altered: the broker did not take {setting}\n")
        );
    }
    let described = cluster.text("topics describe words");
    assert!(described.contains("60000"), "{described}");
    let refused = cluster.error("topics create more --config retention.ms=abc");
    assert!(refused.contains("cannot create topic more with retention.ms=abc"), "{refused}");
}

#[test]
fn each_topic_that_is_not_deleted_is_named() {
    let cluster = Cluster::start();
    cluster.text("topics create words");
    let output = cluster.run("topics delete a words b");
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "deleted words\n");
    let error = String::from_utf8(output.stderr).unwrap();
    assert!(error.contains("cannot delete topic a") && error.contains("cannot delete topic b"), "{error}");
    assert_eq!(error.lines().count(), 2, "{error}");
}

#[test]
fn a_partition_without_a_leader_is_shown_without_offsets() {
    let cluster = MockCluster::new(1).unwrap();
    cluster.create_topic("words", 2, 1).unwrap();
    cluster.partition_leader("words", 1, None).unwrap();
    let described = streams(&["topics", "describe", "words", "--json", "-b", &cluster.bootstrap_servers()])
        .output()
        .unwrap();
    let rows: Vec<Value> = described
        .stdout
        .split(|byte| *byte == b'\n')
        .filter_map(|line| serde_json::from_slice(line).ok())
        .collect();
    let shown: Vec<_> = rows.iter().map(|row| (&row["leader"], &row["next_offset"])).collect();
    assert_eq!(shown, [(&1.into(), &0.into()), (&Value::Null, &Value::Null)]);
}
