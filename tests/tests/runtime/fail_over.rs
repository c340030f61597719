//! Instances share the work and take over from each other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use streams_core::{KafkaStreams, RestoredStore, State, StateRestoreListener};

use crate::cluster::{Cluster, DEADLINE, await_that, close, start};
use crate::word_count_app::Words;

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
    let mut words = Words::new(&cluster, (4, 1));
    let config = |name| cluster.config("app", name).build().unwrap();
    let first = words.streams(config("first"));
    start(&first);
    words.write(1000);
    words.await_counted();

    let restores = Restores::default();
    let second = words.streams(config("second")).with_state_restore_listener(restores.clone());
    start(&second);
    words.write(1000);
    words.await_counted();
    await_that("both work", || second.metrics().processed_records > 0);
    assert!(restores.0.load(Ordering::SeqCst) > 0, "the second instance restored nothing");

    close(&first);
    assert!(second.wait_for_state(|state| state == State::Running, DEADLINE));
    words.write(1000);
    words.await_counted();
    close(&second);
}

#[test]
fn wiped_state_comes_back_from_the_changelog() {
    let cluster = Cluster::start();
    let mut words = Words::new(&cluster, (2, 1));
    let config = cluster.config("app", "one").build().unwrap();
    let streams = words.streams(config.clone());
    start(&streams);
    words.write(500);
    words.await_counted();
    assert!(KafkaStreams::clean_up(&config).is_err(), "the directory is in use");
    close(&streams);

    KafkaStreams::clean_up(&config).unwrap();
    let streams = words.streams(config);
    start(&streams);
    assert!(streams.metrics().restored_records > 0);
    words.write(100);
    words.await_counted();
    close(&streams);
}

#[test]
fn state_that_its_changelog_does_not_know_is_wiped() {
    let cluster = Cluster::start();
    let mut words = Words::new(&cluster, (1, 1));
    let config = cluster.config("app", "one").build().unwrap();
    words.run_once(config.clone());

    // Somebody deletes the changelog: the state on disk is ahead of what is left of it, and so is worth nothing.
    cluster.delete_topic(&format!("{}-counts-changelog", cluster.name("app")));
    let streams = words.streams(config);
    start(&streams);
    cluster.produce(&words.input, ["w0 w0 w0"]);
    let mut seen = Vec::new();
    cluster.read_until(&words.output, |key, value| {
        if key == b"w0" {
            seen.push(i64::from_be_bytes(value.try_into().unwrap()));
        }
        seen.ends_with(&[1, 2, 3]) && seen.len() > 3
    });
    close(&streams);
}
