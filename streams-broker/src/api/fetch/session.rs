//! Fetch sessions (KIP-227): the client names its partitions once, then only what changes, and
//! gets only partitions with news.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::TopicName;
use kafka_protocol::messages::fetch_request::FetchRequest;
use rustc_hash::FxHashMap;
use tokio::time::{Duration, Instant};
use uuid::Uuid;

use super::plan::{Outcome, Wanted};
use crate::api::repeated::last_of_each;

/// A request outside of sessions.
const NO_SESSION: i32 = -1;
/// A request that begins a session.
const NEW_SESSION: i32 = 0;

/// A session that has been used within this time is not given up for a new one.
const KEEP: Duration = Duration::from_secs(120);

type Key = (TopicName, Uuid, i32);

/// What a session remembers of a partition.
#[derive(Debug)]
struct Member {
    wanted: Wanted,
    /// What the client was last told; `None` after an error, so that news are sent.
    told: Option<(i64, i64)>,
}

#[derive(Debug)]
struct Session {
    /// The epoch of the next request.
    epoch: i32,
    /// Whether topics are named by id.
    by_id: bool,
    last_used: Instant,
    /// In the order in which they are read: those that had records move to the end, so that all
    /// get their turn.
    members: BTreeMap<u64, Member>,
    places: FxHashMap<Key, u64>,
    next_place: u64,
}

/// A request under way: its partitions and the session they belong to.
#[derive(Debug)]
pub(super) struct Begun {
    /// What is to be read.
    pub(super) wanted: Vec<Wanted>,
    /// The session; 0 for none.
    id: i32,
    /// Whether only news are answered.
    incremental: bool,
}

/// All sessions of a broker.
#[derive(Debug)]
pub(crate) struct FetchSessions {
    slots: usize,
    sessions: Mutex<FxHashMap<i32, Session>>,
}

impl FetchSessions {
    /// Room for this many sessions.
    pub(crate) fn new(slots: usize) -> Self {
        FetchSessions { slots, sessions: Mutex::default() }
    }

    /// Finds or makes the session of a request, and says what is to be read.
    pub(super) fn begin(&self, version: i16, body: FetchRequest) -> Result<Begun, ResponseError> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let (id, epoch) = (body.session_id, body.session_epoch);
        if version < 7 || epoch == NO_SESSION || epoch == NEW_SESSION {
            sessions.remove(&id);
            let wanted = wanted(&body);
            let begins = version >= 7 && epoch == NEW_SESSION;
            let id = if begins { self.open(&mut sessions, version, &wanted) } else { 0 };
            return Ok(Begun { wanted, id, incremental: false });
        }
        let session = sessions.get_mut(&id).ok_or(ResponseError::FetchSessionIdNotFound)?;
        if session.epoch != epoch {
            return Err(ResponseError::InvalidFetchSessionEpoch);
        }
        if session.by_id != (version >= 13) {
            return Err(ResponseError::FetchSessionTopicIdError);
        }
        session.epoch = if epoch == i32::MAX { 1 } else { epoch + 1 };
        session.last_used = Instant::now();
        for wanted in wanted(&body) {
            session.update(wanted);
        }
        for topic in &body.forgotten_topics_data {
            for partition in &topic.partitions {
                session.forget(&(topic.topic.clone(), topic.topic_id, *partition));
            }
        }
        let wanted: Vec<Wanted> = session.members.values().map(|member| member.wanted.clone()).collect();
        if wanted.is_empty() {
            // All have been forgotten: that ends the session.
            sessions.remove(&id);
            return Ok(Begun { wanted, id: 0, incremental: false });
        }
        Ok(Begun { wanted, id, incremental: true })
    }

    /// Makes a session if there is room. Returns its id, or 0.
    fn open(&self, sessions: &mut FxHashMap<i32, Session>, version: i16, wanted: &[Wanted]) -> i32 {
        if sessions.len() >= self.slots {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.last_used);
            match oldest.map(|(id, session)| (*id, session.last_used)) {
                Some((id, used)) if used.elapsed() > KEEP => sessions.remove(&id),
                _ => return 0,
            };
        }
        let mut session = Session {
            epoch: 1,
            by_id: version >= 13,
            last_used: Instant::now(),
            members: BTreeMap::new(),
            places: FxHashMap::default(),
            next_place: 0,
        };
        for wanted in wanted {
            session.update(wanted.clone());
        }
        loop {
            let id = (Uuid::new_v4().as_u128() as i32) & i32::MAX;
            if id != 0 && !sessions.contains_key(&id) {
                sessions.insert(id, session);
                return id;
            }
        }
    }

    /// Notes what the client is told. Returns the session's id and what is to be answered.
    ///
    /// News come in the order in which the partitions were last written to. A consumer that takes them in turn, as
    /// Java's does with at most `max.poll.records` at once, then sees no effect before its cause: a table that was
    /// written before the stream that is joined with it.
    pub(super) fn finish(&self, begun: Begun, outcomes: Vec<Outcome>) -> (i32, Vec<Outcome>) {
        if begun.id == 0 {
            return (0, outcomes);
        }
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        // The session may have been given up while the request waited.
        let Some(session) = sessions.get_mut(&begun.id) else {
            return (if begun.incremental { begun.id } else { 0 }, outcomes);
        };
        let mut news: Vec<Outcome> =
            outcomes.into_iter().filter(|outcome| session.is_news(outcome) || !begun.incremental).collect();
        if begun.incremental {
            news.sort_by_key(|outcome| outcome.last_append);
        }
        (begun.id, news)
    }
}

impl Session {
    fn update(&mut self, wanted: Wanted) {
        let key = key(&wanted);
        if let Some(member) = self.places.get(&key).and_then(|place| self.members.get_mut(place)) {
            member.wanted = wanted;
            return;
        }
        self.places.insert(key, self.next_place);
        self.members.insert(self.next_place, Member { wanted, told: None });
        self.next_place += 1;
    }

    fn forget(&mut self, key: &Key) {
        if let Some(place) = self.places.remove(key) {
            self.members.remove(&place);
        }
    }

    /// Whether the client must be told; remembers that it is.
    fn is_news(&mut self, outcome: &Outcome) -> bool {
        let key = key(&outcome.wanted);
        let Some(place) = self.places.get(&key).copied() else { return true };
        let Some(member) = self.members.get_mut(&place) else { return true };
        if outcome.error != 0 {
            member.told = None;
            return true;
        }
        let offsets = (outcome.result.high_watermark, outcome.result.log_start_offset);
        let has_records = outcome.result.records.is_some();
        let news = has_records || outcome.diverging.is_some() || member.told != Some(offsets);
        member.told = Some(offsets);
        if has_records && let Some(member) = self.members.remove(&place) {
            self.members.insert(self.next_place, member);
            self.places.insert(key, self.next_place);
            self.next_place += 1;
        }
        news
    }
}

fn key(wanted: &Wanted) -> Key {
    (wanted.topic.clone(), wanted.topic_id, wanted.partition)
}

/// The partitions that a request names, each once: what came last counts.
pub(super) fn wanted(body: &FetchRequest) -> Vec<Wanted> {
    let partitions = |topic: &kafka_protocol::messages::fetch_request::FetchTopic| {
        let (name, id) = (topic.topic.clone(), topic.topic_id);
        topic
            .partitions
            .iter()
            .map(move |asked| Wanted {
                topic: name.clone(),
                topic_id: id,
                partition: asked.partition,
                offset: asked.fetch_offset,
                max_bytes: asked.partition_max_bytes,
                leader_epoch: asked.current_leader_epoch,
                last_fetched_epoch: asked.last_fetched_epoch,
            })
            .collect::<Vec<_>>()
    };
    last_of_each(body.topics.iter().flat_map(partitions), key)
}
