//! The consumer protocol's rules, in virtual time, as the recorded conversations of Apache Kafka 4.3.1 show them.

mod assigning;
mod membership;
mod statics;
mod upgrade;
mod validation;

use super::ConsumerSettings;
use crate::coordinator::streams::Client;
use crate::coordinator::testing::{Bench, group_id, text, topic_name};
use kafka_protocol::messages::consumer_group_heartbeat_request::TopicPartitions;
use kafka_protocol::messages::{ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse};

type Answer = Result<ConsumerGroupHeartbeatResponse, i16>;

/// A group with its clients; they read topic `t` with 6 partitions.
struct Group {
    bench: Bench,
    /// 0, unless a test is about it.
    assignment_interval_ms: i64,
}

impl Group {
    fn new() -> Self {
        let mut bench = Bench::new();
        bench.topics.set("t", 6);
        Self { bench, assignment_interval_ms: 0 }
    }

    fn send(&mut self, request: &ConsumerGroupHeartbeatRequest) -> Answer {
        let settings = ConsumerSettings {
            session_timeout_ms: 45_000,
            heartbeat_interval_ms: 5_000,
            assignment_interval_ms: self.assignment_interval_ms,
        };
        let client = Client { id: "client", host: "/127.0.0.1" };
        self.bench
            .run(|state, cx, topics| state.consumer_heartbeat(cx, topics, settings, client, request))
            .map_err(|(error, _)| error.code())
    }

    fn join(&mut self, member: &str) -> Answer {
        self.send(&joining(member))
    }

    fn beat(&mut self, member: &str, epoch: i32) -> Answer {
        self.send(&heartbeat(member, epoch))
    }

    /// A heartbeat that reports partitions of topic `t`.
    fn report(&mut self, member: &str, epoch: i32, partitions: &[i32]) -> Answer {
        let owned = TopicPartitions::default()
            .with_topic_id(self.bench.topics.id("t"))
            .with_partitions(partitions.to_vec());
        self.send(&heartbeat(member, epoch).with_topic_partitions(Some(vec![owned])))
    }

    fn state(&self) -> String {
        let described = self.bench.state().describe_consumer(&group_id("g"), &self.bench.topics);
        described.group_state.to_string()
    }

    /// A member with all six partitions, in epoch 2.
    fn settled(member: &str) -> Self {
        let mut group = Self::new();
        let joined = group.join(member).unwrap();
        assert_eq!((joined.member_epoch, partitions(&joined)), (2, Some(vec![0, 1, 2, 3, 4, 5])));
        group.report(member, 2, &[0, 1, 2, 3, 4, 5]).unwrap();
        group
    }
}

fn joining(member: &str) -> ConsumerGroupHeartbeatRequest {
    heartbeat(member, 0)
        .with_rebalance_timeout_ms(60_000)
        .with_subscribed_topic_names(Some(vec![topic_name("t")]))
        .with_topic_partitions(Some(vec![]))
}

fn heartbeat(member: &str, epoch: i32) -> ConsumerGroupHeartbeatRequest {
    ConsumerGroupHeartbeatRequest::default()
        .with_group_id(group_id("g"))
        .with_member_id(text(member))
        .with_member_epoch(epoch)
        .with_rebalance_timeout_ms(-1)
        .with_topic_partitions(None)
        .with_subscribed_topic_names(None)
}

/// The partitions in an answer, `None` if it says nothing of them.
fn partitions(answer: &ConsumerGroupHeartbeatResponse) -> Option<Vec<i32>> {
    let assignment = answer.assignment.as_ref()?;
    Some(assignment.topic_partitions.iter().flat_map(|t| t.partitions.clone()).collect())
}
