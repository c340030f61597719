//! Instances share the work and take over from each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use streams_core::{KafkaStreams, RestoredStore, State, StateRestoreListener};

use crate::cluster::{Cluster, DEADLINE, await_that, close, start};
use crate::word_count_app::{count, text, topology};

#[derive(Clone, Default)]
struct Restores(Arc<AtomicU64>);

impl StateRestoreListener for Restores {
    fn on_restore_end(&self, _: &RestoredStore, total: u64) {
        self.0.fetch_add(total, Ordering::SeqCst);
    }
}

#[test]
fn a_second_instance_takes_half_and_then_all() {
    let cluster = Cluster::start();
    let (input, output) = (cluster.name("lines"), cluster.name("counts"));
    cluster.create_topic(&input, 4);
    cluster.create_topic(&output, 1);
    let instance = |name: &str| {
        let config = cluster.config("app", name).build().unwrap();
        KafkaStreams::new(&topology(&input, &output, true), config).unwrap()
    };
    let first = instance("first");
    start(&first);
    let mut lines = text(1, 1000);
    cluster.produce(&input, lines.iter().map(String::as_str));
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));

    let restores = Restores::default();
    let second = instance("second").with_state_restore_listener(restores.clone());
    start(&second);
    let more = text(2, 1000);
    cluster.produce(&input, more.iter().map(String::as_str));
    lines.extend(more);
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));
    await_that("both work", || second.metrics().processed_records > 0);
    assert!(restores.0.load(Ordering::SeqCst) > 0, "the second instance restored nothing");

    close(&first);
    assert!(second.wait_for_state(|state| state == State::Running, DEADLINE));
    let more = text(3, 1000);
    cluster.produce(&input, more.iter().map(String::as_str));
    lines.extend(more);
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));
    close(&second);
}

#[test]
fn wiped_state_comes_back_from_the_changelog() {
    let cluster = Cluster::start();
    let (input, output) = (cluster.name("lines"), cluster.name("counts"));
    cluster.create_topic(&input, 2);
    cluster.create_topic(&output, 1);
    let config = cluster.config("app", "one").build().unwrap();
    let streams = KafkaStreams::new(&topology(&input, &output, true), config.clone()).unwrap();
    start(&streams);
    let mut lines = text(1, 500);
    cluster.produce(&input, lines.iter().map(String::as_str));
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));
    assert!(KafkaStreams::clean_up(&config).is_err(), "the directory is in use");
    close(&streams);

    KafkaStreams::clean_up(&config).unwrap();
    let streams = KafkaStreams::new(&topology(&input, &output, true), config).unwrap();
    start(&streams);
    assert!(streams.metrics().restored_records > 0);
    let more = text(2, 100);
    cluster.produce(&input, more.iter().map(String::as_str));
    lines.extend(more);
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));
    close(&streams);
}

#[test]
fn state_that_its_changelog_does_not_know_is_wiped() {
    let cluster = Cluster::start();
    let (input, output) = (cluster.name("lines"), cluster.name("counts"));
    cluster.create_topic(&input, 1);
    cluster.create_topic(&output, 1);
    let config = cluster.config("app", "one").build().unwrap();
    let streams = KafkaStreams::new(&topology(&input, &output, true), config.clone()).unwrap();
    start(&streams);
    let lines = text(1, 100);
    cluster.produce(&input, lines.iter().map(String::as_str));
    cluster.await_counts(&output, &count(lines.iter().map(String::as_str)));
    close(&streams);

    // Somebody deletes the changelog: the state on disk is ahead of what is left of it, and so is worth nothing.
    cluster.delete_topic(&format!("{}-counts-changelog", cluster.name("app")));
    let streams = KafkaStreams::new(&topology(&input, &output, true), config).unwrap();
    start(&streams);
    cluster.produce(&input, ["w0 w0 w0"]);
    let mut seen = Vec::new();
    cluster.read_until(&output, |key, value| {
        if key == b"w0" {
            seen.push(i64::from_be_bytes(value.try_into().unwrap()));
        }
        seen.ends_with(&[1, 2, 3]) && seen.len() > 3
    });
    close(&streams);
}
