//! Drives a shard in tests: virtual time, a log in memory, repeatable member ids.

use super::GroupConfig;
use super::classic::Joining;
use super::outcome::{Cx, Outcome, Reply, ReplyId};
use super::records::GroupRecord;
use super::shard::GroupShard;
use super::state::GroupState;
use super::topics::{TopicImage, TopicView};
use bytes::Bytes;
use kafka_protocol::messages::leave_group_request::MemberIdentity;
use kafka_protocol::messages::sync_group_request::SyncGroupRequestAssignment;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

pub(crate) fn text(s: &str) -> StrBytes {
    StrBytes::from_string(s.to_owned())
}

pub(crate) fn group_id(s: &str) -> GroupId {
    GroupId(text(s))
}

pub(crate) fn topic_name(s: &str) -> TopicName {
    TopicName(text(s))
}

/// Topics in memory; a topic's id is made of its name.
#[derive(Debug, Clone, Default)]
pub(crate) struct TestTopics {
    topics: BTreeMap<String, TopicImage>,
}

impl TestTopics {
    pub(crate) fn with(topics: &[(&str, i32)]) -> Self {
        let mut all = Self::default();
        for (name, partitions) in topics {
            all.set(name, *partitions);
        }
        all
    }

    pub(crate) fn set(&mut self, name: &str, partitions: i32) {
        let mut id = [0u8; 16];
        for (i, byte) in name.bytes().enumerate() {
            id[i % 16] = id[i % 16].wrapping_mul(31).wrapping_add(byte);
        }
        let image = TopicImage { name: name.to_owned(), id: Uuid::from_bytes(id), partitions };
        self.topics.insert(name.to_owned(), image);
    }

    /// The topic is deleted and made anew: it has another id.
    pub(crate) fn renew(&mut self, name: &str) {
        let topic = self.topics.get_mut(name).unwrap();
        topic.id = Uuid::from_u128(topic.id.as_u128().wrapping_add(1));
    }

    pub(crate) fn id(&self, name: &str) -> Uuid {
        self.topics[name].id
    }
}

impl TopicView for TestTopics {
    fn by_name(&self, name: &str) -> Option<TopicImage> {
        self.topics.get(name).cloned()
    }
    fn by_id(&self, id: Uuid) -> Option<TopicImage> {
        self.topics.values().find(|t| t.id == id).cloned()
    }
    fn names(&self) -> Vec<String> {
        self.topics.keys().cloned().collect()
    }
}

/// A shard with its log and its clock.
pub(crate) struct Bench {
    pub(crate) shard: GroupShard,
    pub(crate) now: i64,
    pub(crate) topics: TestTopics,
    pub(crate) log: Vec<(Option<i64>, GroupRecord)>,
    config: GroupConfig,
    /// The groups' `consumer.session.timeout.ms` and `streams.session.timeout.ms`.
    pub(crate) session_timeout_ms: i64,
    replies: HashMap<ReplyId, Reply>,
    next_reply: u64,
}

fn counted_ids() -> Box<dyn FnMut() -> Uuid + Send> {
    let mut next = 0u128;
    Box::new(move || {
        next += 1;
        Uuid::from_u128(next)
    })
}

impl Bench {
    pub(crate) fn new() -> Self {
        Self::with(GroupConfig::default())
    }

    pub(crate) fn with(config: GroupConfig) -> Self {
        let mut bench = Self {
            shard: GroupShard::new(config.clone(), counted_ids()),
            now: 1_000_000,
            topics: TestTopics::with(&[("t", 4), ("u", 4)]),
            log: Vec::new(),
            config,
            session_timeout_ms: 45_000,
            replies: HashMap::new(),
            next_reply: 0,
        };
        let out = bench.shard.loaded(bench.now, &|_, _| 45_000);
        bench.apply(out, None);
        bench
    }

    /// Writes and replays records, and keeps the answers.
    pub(crate) fn apply(&mut self, out: Outcome, producer: Option<i64>) {
        for record in out.records {
            self.log.push((producer, record.clone()));
            self.shard.replay(self.log.len() as i64, producer, record);
        }
        self.replies.extend(out.replies);
    }

    pub(crate) fn run<R>(
        &mut self,
        handler: impl FnOnce(&mut GroupState, &mut Cx<'_>, &TestTopics) -> R,
    ) -> R {
        let topics = self.topics.clone();
        let (out, result) = self.shard.run(self.now, |state, cx| handler(state, cx, &topics));
        self.apply(out, None);
        result
    }

    /// Lets time pass, deadline by deadline.
    pub(crate) fn advance(&mut self, ms: i64) {
        let end = self.now + ms;
        while let Some(at) = self.shard.next_deadline().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            if let Some(out) = self.shard.tick(self.now) {
                self.apply(out, None);
            }
        }
        self.now = end;
    }

    /// The broker dies and starts again: everything comes from the encoded log.
    pub(crate) fn restart(&mut self) {
        self.shard = GroupShard::new(self.config.clone(), counted_ids());
        for (i, (producer, record)) in self.log.iter().enumerate() {
            let (key, value) = record.encode();
            let record = GroupRecord::decode(&key, value.as_deref()).unwrap().unwrap();
            self.shard.replay(i as i64 + 1, *producer, record);
        }
        let out = self.shard.loaded(self.now, &|_, _| self.session_timeout_ms);
        self.apply(out, None);
        self.replies.clear();
    }

    pub(crate) fn state(&self) -> &GroupState {
        self.shard.state()
    }

    fn reply_id(&mut self) -> ReplyId {
        self.next_reply += 1;
        ReplyId(self.next_reply)
    }

    /// Sends JoinGroup; the answer is fetched with [`Bench::joined`].
    pub(crate) fn join(&mut self, who: &Who) -> ReplyId {
        let reply = self.reply_id();
        let joining = Joining {
            reply,
            member_id: who.member.clone(),
            instance_id: who.instance.clone(),
            client_id: "client".into(),
            client_host: "/127.0.0.1".into(),
            session_timeout_ms: who.session_ms,
            rebalance_timeout_ms: 60_000,
            protocol_type: "consumer".into(),
            protocols: who.protocols.clone(),
            member_id_required: who.instance.is_none(),
            assignment_interval_ms: 1_000,
            skip_assignment: who.skip_assignment,
        };
        self.run(|state, cx, topics| state.join_group(cx, topics, "g", joining));
        reply
    }

    /// The answer to a JoinGroup, if it has come.
    pub(crate) fn joined(&self, id: ReplyId) -> Option<JoinGroupResponse> {
        match self.replies.get(&id) {
            Some(Reply::Join(r)) => Some(r.clone()),
            _ => None,
        }
    }

    /// Sends SyncGroup with assignments.
    pub(crate) fn sync(&mut self, who: &Who, generation: i32, given: &[(&str, &str)]) -> ReplyId {
        let reply = self.reply_id();
        let assign = |(member, what): &(&str, &str)| {
            SyncGroupRequestAssignment::default()
                .with_member_id(text(member))
                .with_assignment(Bytes::copy_from_slice(what.as_bytes()))
        };
        let request = SyncGroupRequest::default()
            .with_group_id(group_id("g"))
            .with_generation_id(generation)
            .with_member_id(text(&who.member))
            .with_group_instance_id(who.instance.as_deref().map(text))
            .with_assignments(given.iter().map(assign).collect());
        self.run(|state, cx, topics| state.sync_group(cx, topics, reply, &request));
        reply
    }

    /// The answer to a SyncGroup, if it has come: error code and assignment.
    pub(crate) fn synced(&self, id: ReplyId) -> Option<(i16, String)> {
        match self.replies.get(&id) {
            Some(Reply::Sync(r)) => Some((r.error_code, String::from_utf8(r.assignment.to_vec()).unwrap())),
            _ => None,
        }
    }

    /// The answer to a SyncGroup, if it has come: error code and assignment as it is.
    pub(crate) fn synced_bytes(&self, id: ReplyId) -> Option<(i16, Bytes)> {
        match self.replies.get(&id) {
            Some(Reply::Sync(r)) => Some((r.error_code, r.assignment.clone())),
            _ => None,
        }
    }

    /// Sends Heartbeat and gives the error code.
    pub(crate) fn heartbeat(&mut self, who: &Who, generation: i32) -> i16 {
        let request = HeartbeatRequest::default()
            .with_group_id(group_id("g"))
            .with_generation_id(generation)
            .with_member_id(text(&who.member))
            .with_group_instance_id(who.instance.as_deref().map(text));
        self.run(|state, cx, _| state.heartbeat(cx, &request)).map_or_else(|e| e.code(), |()| 0)
    }

    /// Sends LeaveGroup v3 for one member and gives its code.
    pub(crate) fn leave(&mut self, member: &str, instance: Option<&str>) -> i16 {
        let identity =
            MemberIdentity::default().with_member_id(text(member)).with_group_instance_id(instance.map(text));
        let request = LeaveGroupRequest::default().with_group_id(group_id("g")).with_members(vec![identity]);
        self.run(|state, cx, _| state.leave_group(cx, &request, 3)).members[0].error_code
    }

    /// Joins a dynamic member the whole way: the id first, then the JoinGroup that waits.
    pub(crate) fn enter(&mut self, who: &mut Who) -> ReplyId {
        let first = self.join(who);
        if let Some(r) = self.joined(first).filter(|r| r.error_code == 79) {
            who.member = r.member_id.to_string();
            return self.join(who);
        }
        first
    }
}

/// A client of a classic group.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) member: String,
    pub(crate) instance: Option<String>,
    pub(crate) session_ms: i32,
    pub(crate) protocols: Vec<(String, Bytes)>,
    pub(crate) skip_assignment: bool,
}

impl Who {
    pub(crate) fn new() -> Self {
        Self {
            member: String::new(),
            instance: None,
            session_ms: 10_000,
            protocols: vec![("range".into(), subscription(&["t"]))],
            skip_assignment: true,
        }
    }

    pub(crate) fn fixed(instance: &str) -> Self {
        Self { instance: Some(instance.into()), ..Self::new() }
    }
}

/// A consumer's subscription of version 0.
pub(crate) fn subscription(topics: &[&str]) -> Bytes {
    let mut w = super::codec::Writer::new();
    w.i16(0);
    w.array_len(topics.len());
    for topic in topics {
        w.string(topic);
    }
    w.bytes(b"");
    w.into_bytes().into()
}
