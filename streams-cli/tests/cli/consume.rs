//! `streams consume`.

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};
use serde_json::Value;

use crate::cluster::Cluster;

/// A consumer that runs until it is ended.
struct Running {
    process: Child,
    out: BufReader<ChildStdout>,
}

impl Running {
    fn start(cluster: &Cluster, line: &str) -> Self {
        let mut process =
            cluster.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(process.stdout.take().unwrap());
        Self { process, out }
    }

    /// The next lines that it prints.
    fn lines(&mut self, count: usize) -> Vec<String> {
        self.out.by_ref().lines().take(count).map(Result::unwrap).collect()
    }

    fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(Command::new("kill").args([name, &pid]).status().unwrap().success());
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// State and lag of the group `readers`.
fn group(cluster: &Cluster) -> (Value, Value) {
    let rows = cluster.json("groups list");
    rows.first().map(|row| (row["state"].clone(), row["lag"].clone())).unwrap_or_default()
}

#[test]
fn the_end_is_the_end_of_all_partitions_of_all_topics() {
    let cluster = Cluster::start();
    for topic in ["a", "b", "c"] {
        cluster.text(&format!("topics create {topic} -p 2"));
    }
    let lines = |from: u32| (from..from + 50).map(|n| format!("{n}={n}\n")).collect::<String>();
    cluster.produce("produce a -k =", &lines(0));
    cluster.produce("produce b -k =", &lines(50));
    let mut read: Vec<u32> =
        cluster.text("consume a b c --from-beginning -e").lines().map(|line| line.parse().unwrap()).collect();
    read.sort_unstable();
    assert_eq!(read, (0..100).collect::<Vec<_>>());
    assert_eq!(cluster.text("consume a b c -e"), "");
}

#[test]
fn a_topic_that_is_named_twice_is_read_once() {
    let cluster = Cluster::start();
    cluster.text("topics create a -p 1");
    cluster.produce("produce a", "1\n2\n");
    assert_eq!(cluster.text("consume a a --from-beginning -e"), "1\n2\n");
    assert_eq!(cluster.text("consume a a --from-beginning -n 2"), "1\n2\n");
    assert_eq!(cluster.text("consume a a -g readers --from-beginning -n 2"), "1\n2\n");
}

#[test]
fn an_offset_that_is_not_there_is_the_next_one_that_is() {
    let cluster = Cluster::start();
    cluster.text("topics create a -p 1");
    cluster.produce("produce a", "0\n1\n2\n3\n");
    let admin: AdminClient<DefaultClientContext> =
        ClientConfig::new().set("bootstrap.servers", &cluster.address).create().unwrap();
    let mut before = TopicPartitionList::new();
    before.add_partition_offset("a", 0, Offset::Offset(3)).unwrap();
    futures::executor::block_on(admin.delete_records(&before, &AdminOptions::new())).unwrap();

    assert_eq!(cluster.text("consume a --offset 0 -e"), "3\n");
    assert_eq!(cluster.text("consume a --offset 3 -e"), "3\n");
    assert_eq!(cluster.text("consume a --offset 100 -e"), "");
}

#[test]
fn a_group_keeps_its_place_when_its_consumer_is_told_to_end() {
    let cluster = Cluster::start();
    cluster.text("topics create a -p 1");
    cluster.produce("produce a", "1\n2\n");
    let mut consumer = Running::start(&cluster, "consume a -g readers --from-beginning");
    assert_eq!(consumer.lines(2), ["1", "2"]);
    consumer.signal("-TERM");
    assert_eq!(consumer.process.wait().unwrap().code(), Some(0));
    assert_eq!(group(&cluster), ("Empty".into(), 0.into()));
}

#[test]
fn a_group_commits_while_its_consumer_runs() {
    let cluster = Cluster::start();
    cluster.text("topics create a -p 1");
    cluster.produce("produce a", "1\n2\n");
    let line = "consume a -g readers --from-beginning --client-config auto.commit.interval.ms=50";
    let mut consumer = Running::start(&cluster, line);
    assert_eq!(consumer.lines(2), ["1", "2"]);
    let committed =
        |_| cluster.run("groups describe readers --topic a --json").stdout.starts_with(br#"{"committed":2,"#);
    assert!((0..200).any(committed), "{:?}", group(&cluster));
}

#[test]
fn a_member_of_a_group_ends_at_the_end_of_its_own_partitions() {
    let cluster = Cluster::start();
    cluster.text("topics create a -p 2");
    cluster.produce("produce a -p 0", "0\n");
    cluster.produce("produce a -p 1", "1\n");
    let quick = "--client-config heartbeat.interval.ms=100";
    let mut other = Running::start(&cluster, &format!("consume a -g readers --from-beginning {quick}"));
    assert_eq!(other.lines(2).len(), 2);
    assert_eq!(cluster.text(&format!("consume a -g readers -e {quick}")), "");
}

#[test]
fn a_consumer_goes_on_when_the_broker_is_back() {
    let data = tempfile::tempdir().unwrap();
    let start = |address: &str| {
        Cluster::start_with(&["--listen", address, "--data-dir", data.path().to_str().unwrap()])
    };
    let cluster = start("127.0.0.1:0");
    cluster.text("topics create a -p 1");
    cluster.produce("produce a", "1\n");
    let mut consumer = Running::start(&cluster, "consume a --from-beginning");
    let mut notes = BufReader::new(consumer.process.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert_eq!(consumer.lines(1), ["1"]);

    let address = cluster.address.clone();
    drop(cluster);
    assert!(notes.next().unwrap().ends_with("going on when the broker is back"));
    let cluster = start(&address);
    cluster.produce("produce a", "2\n");
    assert_eq!(consumer.lines(1), ["2"]);
}

#[test]
fn a_consumer_whose_broker_is_gone_ends_when_it_is_told_to() {
    let cluster = Cluster::start();
    cluster.text("topics create a -p 1");
    cluster.produce("produce a", "1\n");
    let line = "consume a -g readers --from-beginning --timeout-ms 1000";
    let mut consumer = Running::start(&cluster, line);
    assert_eq!(consumer.lines(1), ["1"]);
    drop(cluster);
    let mut notes = BufReader::new(consumer.process.stderr.take().unwrap()).lines().map(Result::unwrap);
    assert!(notes.next().unwrap().ends_with("going on when the broker is back"));
    consumer.signal("-INT");
    assert_eq!(consumer.process.wait().unwrap().code(), Some(1));
    assert!(notes.next().unwrap().ends_with("may not be committed"));
}
