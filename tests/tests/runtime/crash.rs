//! `kill -9` at any moment loses nothing.

use std::collections::BTreeMap;
use std::process::{Child, Command};
use std::time::Duration;

use streams_core::{KafkaStreams, State, StreamsConfig};

use crate::cluster::Cluster;
use crate::word_count_app::{Words, topology};

const APP: &str = "STREAMS_TEST_CRASH_APP";

/// The application of these tests, in a process of its own; does nothing unless one of them starts it.
#[test]
fn child_process() {
    let Ok(arguments) = std::env::var(APP) else { return };
    let [servers, app, state_dir, input, output, guarantee] = arguments.split('|').collect::<Vec<_>>()[..]
    else {
        panic!("six arguments, not {arguments}");
    };
    let config = StreamsConfig::builder()
        .application_id(app)
        .bootstrap_servers(servers)
        .state_dir(state_dir)
        .commit_interval(Duration::from_millis(50))
        .set("processing.guarantee", guarantee)
        .set("consumer.session.timeout.ms", 6000)
        .set("consumer.heartbeat.interval.ms", 500)
        .build()
        .unwrap();
    let streams = KafkaStreams::new(&topology(input, output, true), config).unwrap();
    streams.start().unwrap();
    streams.wait_for_state(State::has_completed_shutdown, Duration::from_secs(600));
}

fn spawn(words: &Words<'_>, instance: &str, guarantee: &str) -> Child {
    let cluster = words.cluster;
    let arguments = [
        cluster.bootstrap_servers().to_owned(),
        cluster.name("app"),
        cluster.state_dir.path().join(instance).display().to_string(),
        words.input.clone(),
        words.output.clone(),
        guarantee.to_owned(),
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

/// Waits until each word is counted as often as it occurred: up from 1, and no number twice.
fn await_exactly(cluster: &Cluster, output: &str, expected: &BTreeMap<String, i64>) {
    let mut counts: BTreeMap<String, i64> = BTreeMap::new();
    cluster.read_until(output, |key, value| {
        let counted = counts.entry(String::from_utf8(key.to_vec()).unwrap()).or_insert(0);
        *counted += 1;
        assert_eq!(
            i64::from_be_bytes(value.try_into().unwrap()),
            *counted,
            "{}",
            String::from_utf8_lossy(key)
        );
        counts == *expected
    });
}

fn crash(same_directory: bool, guarantee: &str) {
    let cluster = Cluster::start();
    let mut words = Words::new(&cluster, (2, 1));
    for round in 0..3 {
        let instance = if same_directory { "one".to_owned() } else { format!("instance-{round}") };
        let mut child = spawn(&words, &instance, guarantee);
        let former = words.expected().get("w0").copied().unwrap_or(0);
        words.write(400);
        // Some words of this round are counted: the application is in the middle of its work.
        cluster.read_until(&words.output, |key, value| {
            key == b"w0" && i64::from_be_bytes(value.try_into().unwrap()) > former + 3
        });
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let instance = if same_directory { "one" } else { "last" };
    let mut child = spawn(&words, instance, guarantee);
    let expected = words.expected();
    if guarantee == "exactly_once_v2" {
        await_exactly(&cluster, &words.output, &expected);
    } else {
        await_at_least(&cluster, &words.output, &expected);
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
fn an_instance_that_is_killed_counts_on_from_its_state() {
    crash(true, "at_least_once");
}

#[test]
fn another_instance_takes_over_from_one_that_is_killed() {
    crash(false, "at_least_once");
}

#[test]
fn exactly_once_no_word_is_counted_twice_by_an_instance_that_is_killed() {
    crash(true, "exactly_once_v2");
}

#[test]
fn exactly_once_no_word_is_counted_twice_by_an_instance_that_takes_over() {
    crash(false, "exactly_once_v2");
}
