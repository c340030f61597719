//! The plain consumer group with the range assignor, through librdkafka.
//!
//! Range gives the same partitions of all topics with the same number of partitions to the same member, so that
//! co-partitioned topics stay together. There are no standby tasks, and every rebalance takes all partitions back first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rdkafka::TopicPartitionList;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};

use super::others::check_others;
use super::tasks::tasks_of;
use super::{GroupEvent, Membership};
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::events::{MemberEvents, RebalanceEvent, TopicPartition};
use crate::runtime::kafka_error::client_error;
use crate::runtime::producer::StreamProducer;
use crate::runtime::topics::{ClusterTopics, TopicManager, Topics, missing_error, sources_of};
use crate::runtime::transaction::offset_list;
use crate::task::CommitOffset;

/// A member of a plain consumer group.
pub(crate) struct ClassicMembership {
    consumer: Arc<BaseConsumer<MemberEvents>>,
    topics: Arc<TopicManager>,
    /// How long input topics may be missing.
    grace: Duration,
    missing_since: Option<Instant>,
    /// This member has had tasks: if a stranger comes now, the stranger is the one to go.
    settled: bool,
    subscribed: BTreeSet<Arc<str>>,
    /// An assignment whose tasks are not worked out yet.
    pending: Option<Vec<TopicPartition>>,
}

impl ClassicMembership {
    pub(crate) fn new(
        consumer: Arc<BaseConsumer<MemberEvents>>,
        topics: Arc<TopicManager>,
        grace: Duration,
    ) -> Self {
        let (missing_since, subscribed, pending) = (None, BTreeSet::new(), None);
        Self { consumer, topics, grace, missing_since, settled: false, subscribed, pending }
    }

    fn subscribe(&mut self, cluster: &ClusterTopics) -> Result<()> {
        let topology = Arc::clone(self.topics.topology());
        let sources: BTreeSet<Arc<str>> =
            topology.subtopologies().flat_map(|subtopology| sources_of(subtopology, cluster)).collect();
        let names: Vec<&str> = sources.iter().map(|topic| &**topic).collect();
        tracing::info!(topics = ?names, "joining the group");
        self.consumer
            .subscribe(&names)
            .map_err(|error| client_error("subscribe to the input topics", &error))?;
        self.subscribed = sources;
        Ok(())
    }
}

impl Membership for ClassicMembership {
    fn cluster(&mut self) -> Result<Option<Arc<ClusterTopics>>> {
        match self.topics.ensure()? {
            Topics::Ready(cluster) => {
                self.missing_since = None;
                Ok(Some(cluster))
            }
            Topics::Missing(missing) => {
                if self.missing_since.is_none() {
                    tracing::warn!(?missing, "input topics do not exist; waiting for them");
                }
                let since = *self.missing_since.get_or_insert_with(Instant::now);
                if since.elapsed() >= self.grace { Err(missing_error(&missing)) } else { Ok(None) }
            }
        }
    }

    fn join(&mut self) -> Result<()> {
        match self.cluster()? {
            Some(cluster) => self.subscribe(&cluster),
            None => Err(Error::new(ErrorKind::Retry, "input topics do not exist yet")),
        }
    }

    fn next_event(&mut self) -> Result<Option<GroupEvent>> {
        if let Some(event) = self.consumer.context().next_rebalance() {
            match event {
                RebalanceEvent::Revoked { lost } => {
                    self.pending = None;
                    return Ok(Some(GroupEvent::Revoked { lost }));
                }
                RebalanceEvent::Assigned(partitions) => self.pending = Some(partitions),
            }
        }
        let Some(partitions) = &self.pending else { return Ok(None) };
        let partitions = partitions.clone();
        let Some(cluster) = self.cluster()? else { return Ok(None) };
        match check_others(&self.consumer, self.topics.topology().application_id(), &self.subscribed) {
            Err(error) if self.settled => tracing::warn!(%error, "a stranger in the group"),
            checked => checked?,
        }
        self.settled = true;
        let tasks = tasks_of(self.topics.topology(), &cluster, &partitions)?;
        self.pending = None;
        Ok(Some(GroupEvent::Assigned(tasks)))
    }

    fn take(&mut self, partitions: &TopicPartitionList) -> Result<()> {
        self.consumer.assign(partitions).map_err(|error| client_error("take partitions", &error))
    }

    fn give_up(&mut self) -> Result<()> {
        self.consumer.unassign().map_err(|error| client_error("give up partitions", &error))
    }

    fn commit(&mut self, offsets: &[CommitOffset]) -> Result<()> {
        let list = offset_list(offsets)?;
        self.consumer.commit(&list, CommitMode::Sync).map_err(|error| client_error("commit offsets", &error))
    }

    fn commit_transaction(&mut self, producer: &StreamProducer, offsets: &[CommitOffset]) -> Result<()> {
        let member = self.consumer.group_metadata();
        let member = member.ok_or_else(|| Error::new(ErrorKind::Fenced, "this consumer is in no group"))?;
        producer.commit_transaction(offsets, &member)
    }

    fn rejoin(&mut self) -> Result<()> {
        self.pending = None;
        self.consumer.unsubscribe();
        while self.consumer.context().next_rebalance().is_some() {}
        self.give_up()?;
        let names: Vec<&str> = self.subscribed.iter().map(|topic| &**topic).collect();
        self.consumer.subscribe(&names).map_err(|error| client_error("join the group anew", &error))
    }

    fn leave(&mut self) {
        self.consumer.context().close();
        if let Err(error) = self.give_up() {
            tracing::warn!(%error, "partitions were not given up before leaving the group");
        }
    }
}

impl std::fmt::Debug for ClassicMembership {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ClassicMembership").field("subscribed", &self.subscribed).finish_non_exhaustive()
    }
}
