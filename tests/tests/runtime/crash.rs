//! `kill -9` at any moment loses nothing.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::Duration;

use streams_core::{KafkaStreams, State, StreamsConfig};

use crate::cluster::Cluster;
use crate::word_count_app::{count, text, topology};

const APP: &str = "STREAMS_TEST_CRASH_APP";

/// The application of these tests, in a process of its own; does nothing unless one of them starts it.
#[test]
fn child_process() {
    let Ok(arguments) = std::env::var(APP) else { return };
    let [servers, app, state_dir, input, output] = arguments.split('|').collect::<Vec<_>>()[..] else {
        panic!("five arguments, not {arguments}");
    };
    let config = StreamsConfig::builder()
        .application_id(app)
        .bootstrap_servers(servers)
        .state_dir(state_dir)
        .commit_interval(Duration::from_millis(50))
        .set("consumer.session.timeout.ms", 6000)
        .set("consumer.heartbeat.interval.ms", 500)
        .build()
        .unwrap();
    let streams = KafkaStreams::new(&topology(input, output, true), config).unwrap();
    streams.start().unwrap();
    streams.wait_for_state(State::has_completed_shutdown, Duration::from_secs(600));
}

fn spawn(cluster: &Cluster, instance: &str, input: &str, output: &str) -> Child {
    let arguments = [
        cluster.bootstrap_servers().to_owned(),
        cluster.name("app"),
        cluster.state_dir.path().join(instance).display().to_string(),
        input.to_owned(),
        output.to_owned(),
    ];
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "crash::child_process", "--nocapture"])
        .env(APP, arguments.join("|"))
        .spawn()
        .unwrap()
}

/// Waits until each word is counted at least as often as it occurred.
fn await_at_least(cluster: &Cluster, output: &str, expected: &BTreeMap<String, i64>) {
    let mut missing = expected.clone();
    cluster.read_until(output, |key, value| {
        let word = std::str::from_utf8(key).unwrap();
        let count = i64::from_be_bytes(value.try_into().unwrap());
        if missing.get(word).is_some_and(|least| count >= *least) {
            missing.remove(word);
        }
        missing.is_empty()
    });
}

fn crash(same_directory: bool) {
    let cluster = Cluster::start();
    let (input, output) = (cluster.name("lines"), cluster.name("counts"));
    cluster.create_topic(&input, 2);
    cluster.create_topic(&output, 1);
    let mut lines = Vec::new();
    for round in 0..3 {
        let instance = if same_directory { "one".to_owned() } else { format!("instance-{round}") };
        let mut child = spawn(&cluster, &instance, &input, &output);
        let more = text(round, 400);
        cluster.produce(&input, more.iter().map(String::as_str));
        // Some words of this round are counted: the application is in the middle of its work.
        let former = count(lines.iter().map(String::as_str)).get("w0").copied().unwrap_or(0);
        cluster.read_until(&output, |key, value| {
            key == b"w0" && i64::from_be_bytes(value.try_into().unwrap()) > former + 3
        });
        child.kill().unwrap();
        child.wait().unwrap();
        lines.extend(more);
    }
    let mut child = spawn(&cluster, if same_directory { "one" } else { "last" }, &input, &output);
    await_at_least(&cluster, &output, &count(lines.iter().map(String::as_str)));
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn an_instance_that_is_killed_counts_on_from_its_state() {
    crash(true);
}

#[test]
fn another_instance_takes_over_from_one_that_is_killed() {
    crash(false);
}
