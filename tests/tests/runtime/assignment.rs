//! Tasks are assigned while the cluster cannot answer what must be known to start them.

use std::time::Duration;

use streams_broker::{ApiKey, EmbeddedBroker, Fault};
use streams_core::{AutoOffsetReset, ErrorKind, KafkaStreams, Sink, Source, State, Topology};

use crate::bad_input::death;
use crate::cluster::{Cluster, close, start};

/// An error that librdkafka does not try again by itself.
const UNKNOWN_SERVER_ERROR: i16 = -1;

/// A broker, the cluster that it is, and a topology that copies `in` to `out`.
struct Copying {
    broker: EmbeddedBroker,
    cluster: Cluster,
    topology: Topology,
    _data: tempfile::TempDir,
}

impl Copying {
    fn new(reset: AutoOffsetReset) -> Self {
        let data = tempfile::tempdir().unwrap();
        let (broker, cluster) = Cluster::restartable(data.path(), "127.0.0.1:0");
        cluster.create_topic("in", 2);
        cluster.create_topic("out", 1);
        let mut topology = Topology::new();
        topology
            .add_source(Source::<String, String>::new("in", ["in"]).with_offset_reset(reset))
            .unwrap()
            .add_sink(Sink::<String, String>::to("out", "out"), ["in"])
            .unwrap();
        Self { broker, cluster, topology, _data: data }
    }

    fn streams(&self, task_timeout_ms: i64) -> KafkaStreams {
        let config = self.cluster.config("app", "one").set("task.timeout.ms", task_timeout_ms);
        KafkaStreams::new(&self.topology, config.build().unwrap()).unwrap()
    }

    /// Starts in spite of the fault, which strikes.
    fn starts_in_spite_of(&self, fault: Fault) {
        self.broker.faults().inject(fault).unwrap();
        let streams = self.streams(60_000);
        start(&streams);
        assert_eq!(self.broker.faults().pending(), 0, "the fault never struck");
        self.cluster.produce("in", ["a", "b"]);
        let mut left = 2;
        self.cluster.read_until("out", |_, _| {
            left -= 1;
            left == 0
        });
        assert_eq!(streams.metrics().failed_stream_threads, 0);
        close(&streams);
    }
}

#[test]
fn committed_offsets_are_asked_for_until_there_is_an_answer() {
    let fault = Fault::error(ApiKey::OFFSET_FETCH, UNKNOWN_SERVER_ERROR).times(4);
    Copying::new(AutoOffsetReset::Earliest).starts_in_spite_of(fault);
}

#[test]
fn an_offset_by_time_is_asked_for_until_there_is_an_answer() {
    let fault = Fault::error(ApiKey::LIST_OFFSETS, UNKNOWN_SERVER_ERROR).times(4);
    Copying::new(AutoOffsetReset::ByDuration(Duration::from_secs(3600))).starts_in_spite_of(fault);
}

#[test]
fn a_task_that_cannot_start_gives_up_after_its_time() {
    let copying = Copying::new(AutoOffsetReset::Earliest);
    let fault = Fault::error(ApiKey::OFFSET_FETCH, UNKNOWN_SERVER_ERROR).always();
    copying.broker.faults().inject(fault).unwrap();
    let (kind, text) = death(copying.streams(300));
    assert_eq!(kind, ErrorKind::Retry);
    assert!(text.contains("`task.timeout.ms`") && text.contains("committed offsets"), "{text}");
}

#[test]
fn an_instance_that_waits_for_offsets_closes_at_once() {
    let copying = Copying::new(AutoOffsetReset::Earliest);
    let fault = Fault::error(ApiKey::OFFSET_FETCH, UNKNOWN_SERVER_ERROR).always();
    copying.broker.faults().inject(fault).unwrap();
    let streams = copying.streams(60_000);
    streams.start().unwrap();
    assert!(copying.broker.journal().wait_for(ApiKey::OFFSET_FETCH, 1, crate::cluster::DEADLINE));
    assert_ne!(streams.state(), State::Running);
    close(&streams);
}
