//! The streams protocol's rules, in virtual time, as the recorded conversations of Apache Kafka 4.3.1 show them.

mod assignment;
mod membership;
mod topics;

use super::messages::*;
use super::{Client, StreamsSettings};
use crate::coordinator::testing::Bench;

/// The topics of a word count: source, repartition, changelog.
const SOURCE: &str = "t";
const REPARTITION: &str = "g-by-word-repartition";
const CHANGELOG: &str = "g-counts-changelog";

fn word_count() -> Topology {
    let topic = |name: &str| TopicInfo { name: name.into(), replication_factor: -1, ..TopicInfo::default() };
    Topology {
        epoch: 0,
        subtopologies: vec![
            Subtopology {
                subtopology_id: "0".into(),
                source_topics: vec![SOURCE.into()],
                repartition_sink_topics: vec![REPARTITION.into()],
                ..Subtopology::default()
            },
            Subtopology {
                subtopology_id: "1".into(),
                state_changelog_topics: vec![topic(CHANGELOG)],
                repartition_source_topics: vec![topic(REPARTITION)],
                ..Subtopology::default()
            },
        ],
    }
}

/// A group with its clients.
struct Group {
    bench: Bench,
    settings: StreamsSettings,
}

type Answer = Result<StreamsGroupHeartbeatResponse, i16>;

impl Group {
    fn new() -> Self {
        Self::with(0)
    }

    fn with(standbys: usize) -> Self {
        let settings = StreamsSettings {
            session_timeout_ms: 45_000,
            heartbeat_interval_ms: 5_000,
            standbys,
            initial_delay_ms: 3_000,
            assignment_interval_ms: 0,
        };
        Self { bench: Bench::new(), settings }
    }

    fn send(&mut self, request: &StreamsGroupHeartbeatRequest) -> Answer {
        let settings = self.settings;
        let client = Client { id: "app", host: "/127.0.0.1" };
        let answered = self
            .bench
            .run(|state, cx, topics| state.streams_heartbeat(cx, topics, settings, client, request));
        let (response, missing) = answered.map_err(|(error, _)| error.code())?;
        for topic in missing {
            self.bench.topics.set(&topic.name, topic.partitions);
        }
        Ok(response)
    }

    fn join_with(&mut self, member: &str, topology: Topology) -> Answer {
        self.send(&StreamsGroupHeartbeatRequest {
            group_id: "g".into(),
            member_id: member.into(),
            endpoint_information_epoch: -1,
            rebalance_timeout_ms: 300_000,
            topology: Some(topology),
            active_tasks: Some(vec![]),
            standby_tasks: Some(vec![]),
            warmup_tasks: Some(vec![]),
            process_id: Some(format!("process of {member}")),
            client_tags: Some(vec![]),
            ..StreamsGroupHeartbeatRequest::default()
        })
    }

    fn join(&mut self, member: &str) -> Answer {
        self.join_with(member, word_count())
    }

    fn beat(&mut self, member: &str, epoch: i32) -> Answer {
        self.send(&heartbeat(member, epoch))
    }

    /// A heartbeat that reports the tasks of an answer.
    fn echo(&mut self, member: &str, answer: &StreamsGroupHeartbeatResponse) -> Answer {
        self.send(&StreamsGroupHeartbeatRequest {
            active_tasks: answer.active_tasks.clone(),
            standby_tasks: answer.standby_tasks.clone(),
            warmup_tasks: answer.warmup_tasks.clone(),
            ..heartbeat(member, answer.member_epoch)
        })
    }

    /// A member that joined an empty group, past the initial delay, with all tasks.
    fn settled(member: &str) -> (Self, StreamsGroupHeartbeatResponse) {
        let mut group = Self::new();
        let joined = group.join(member).unwrap();
        let second = group.beat(member, joined.member_epoch).unwrap();
        group.bench.advance(3_000);
        let answer = group.beat(member, second.member_epoch).unwrap();
        group.echo(member, &answer).unwrap();
        (group, answer)
    }

    fn state(&self) -> String {
        self.bench.state().describe_streams("g").group_state
    }
}

fn heartbeat(member: &str, epoch: i32) -> StreamsGroupHeartbeatRequest {
    StreamsGroupHeartbeatRequest {
        group_id: "g".into(),
        member_id: member.into(),
        member_epoch: epoch,
        rebalance_timeout_ms: -1,
        ..StreamsGroupHeartbeatRequest::default()
    }
}

fn tasks(ids: &[(&str, &[i32])]) -> Option<Vec<TaskIds>> {
    let one = |(id, partitions): &(&str, &[i32])| TaskIds {
        subtopology_id: (*id).to_owned(),
        partitions: partitions.to_vec(),
    };
    Some(ids.iter().map(one).collect())
}

fn codes(answer: &StreamsGroupHeartbeatResponse) -> Vec<i8> {
    answer.status.iter().flatten().map(|s| s.code).collect()
}
