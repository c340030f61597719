//! Reading one changelog partition from where the state stands to its end.

use std::sync::Arc;
use std::thread::Thread;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{ClientConfig, Offset, TopicPartitionList};

use super::job::{ActiveTask, LoggedStore};
use super::listener::{RestoredStore, StateRestoreListener};
use crate::error::{Error, Result};
use crate::runtime::events::{ClientEvents, TopicPartition};
use crate::runtime::kafka_error::client_error;
use crate::runtime::native::PartitionQueue;

const QUERY_TIMEOUT: Duration = Duration::from_secs(5);
const BATCH: usize = 5000;

/// The consumer that reads changelogs.
pub(crate) type RestoreConsumer = Arc<BaseConsumer<ClientEvents>>;

pub(crate) fn open_consumer(config: &ClientConfig, client_id: &str) -> Result<RestoreConsumer> {
    let consumer = config
        .create_with_context(ClientEvents::new(client_id))
        .map_err(|error| client_error("make a consumer of changelogs", &error))?;
    Ok(Arc::new(consumer))
}

/// How a read went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Progress {
    /// The store is complete.
    Done,
    /// Records were applied.
    Some,
    /// Nothing is here yet.
    Nothing,
    /// What the state on disk builds on is no longer in the changelog: it must be wiped.
    Corrupt,
}

/// The restore of one store.
#[derive(Debug)]
pub(super) struct ChangelogReader {
    store: RestoredStore,
    queue: Option<PartitionQueue>,
    /// The offset of the next record.
    position: i64,
    end: i64,
    total: u64,
    done: bool,
}

impl ChangelogReader {
    /// Finds out where to start and where to end. `None`: the state on disk cannot be continued from.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub(super) fn open(
        consumer: &RestoreConsumer,
        active: &mut ActiveTask,
        logged: &LoggedStore,
    ) -> Result<Option<Self>> {
        let partition = active.id().partition;
        let (low, mut end) = watermarks(consumer, &logged.topic, partition)?;
        if logged.is_source {
            let source = TopicPartition::new(Arc::clone(&logged.topic), partition);
            end = end.min(active.committed.get(&source).copied().unwrap_or(low));
        }
        let position = match active.restored_offset(logged)? {
            Some(offset) if offset < low || offset > end => return Ok(None),
            Some(offset) => offset,
            None => low.min(end),
        };
        let store =
            RestoredStore { store: Arc::clone(&logged.store), topic: Arc::clone(&logged.topic), partition };
        Ok(Some(Self { store, queue: None, position, end, total: 0, done: position >= end }))
    }

    /// Starts to read, if there is anything to read.
    pub(super) fn start(
        &mut self,
        consumer: &RestoreConsumer,
        reader: Thread,
        listener: &dyn StateRestoreListener,
    ) -> Result<()> {
        listener.on_restore_start(&self.store, self.position, self.end);
        if self.done {
            listener.on_restore_end(&self.store, 0);
            return Ok(());
        }
        tracing::info!(
            store = &*self.store.store,
            topic = &*self.store.topic,
            partition = self.store.partition,
            from = self.position,
            to = self.end,
            "restoring"
        );
        self.queue = PartitionQueue::take(consumer, &self.store.topic, self.store.partition, reader);
        consumer
            .incremental_assign(&self.list(Offset::Offset(self.position))?)
            .map_err(|error| client_error("start to read a changelog", &error))
    }

    /// Ends the reading.
    pub(super) fn stop(&mut self, consumer: &RestoreConsumer) {
        if self.queue.take().is_none() {
            return;
        }
        let stopped = self.list(Offset::Invalid).and_then(|list| {
            consumer
                .incremental_unassign(&list)
                .map_err(|error| client_error("stop reading a changelog", &error))
        });
        if let Err(error) = stopped {
            tracing::warn!(%error, topic = &*self.store.topic, partition = self.store.partition, "restore");
        }
    }

    /// Given up before its end.
    pub(super) fn suspend(&mut self, consumer: &RestoreConsumer, listener: &dyn StateRestoreListener) {
        if !self.done {
            listener.on_restore_suspended(&self.store, self.total);
        }
        self.stop(consumer);
    }

    /// Records applied so far.
    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn is_done(&self) -> bool {
        self.done
    }

    /// Applies what is here.
    pub(super) fn read(
        &mut self,
        consumer: &RestoreConsumer,
        active: &mut ActiveTask,
        listener: &dyn StateRestoreListener,
    ) -> Result<Progress> {
        if self.done {
            return Ok(Progress::Done);
        }
        let Some(queue) = &mut self.queue else {
            return Err(Error::bug("a changelog is read before it is opened"));
        };
        if !queue.is_ready() {
            return Ok(Progress::Nothing);
        }
        let mut batch = queue.read(BATCH);
        match batch.error {
            Some(RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange) => {
                return Ok(Progress::Corrupt);
            }
            Some(code) => {
                tracing::warn!(%code, topic = &*self.store.topic, partition = self.store.partition, "reading a changelog failed; retrying");
            }
            None => {}
        }
        batch.records.retain(|record| record.offset >= self.position && record.offset < self.end);
        let count = batch.records.len() as u64;
        if let Some(last) = batch.records.last() {
            let next = last.offset + 1;
            active.task.restore(&self.store.store, &batch.records)?;
            active.restored_to(&self.store.topic, next)?;
            self.total += count;
            self.position = next;
            listener.on_batch_restored(&self.store, self.position, count);
        }
        if let Some(end) = batch.end {
            self.reached(end, consumer)?;
        }
        if self.position < self.end {
            return Ok(if count > 0 { Progress::Some } else { Progress::Nothing });
        }
        self.done = true;
        active.restored_to(&self.store.topic, self.position)?;
        listener.on_restore_end(&self.store, self.total);
        self.stop(consumer);
        Ok(Progress::Done)
    }

    /// The partition's end was met at this offset: behind the last record, be it compacted away or a control record.
    fn reached(&mut self, offset: i64, consumer: &RestoreConsumer) -> Result<()> {
        self.position = self.position.max(offset.min(self.end));
        if offset < self.end {
            // The changelog became shorter: a new leader did not have its last records.
            let (_, end) = watermarks(consumer, &self.store.topic, self.store.partition)?;
            self.end = self.end.min(end);
        }
        Ok(())
    }

    fn list(&self, offset: Offset) -> Result<TopicPartitionList> {
        let mut list = TopicPartitionList::with_capacity(1);
        list.add_partition_offset(&self.store.topic, self.store.partition, offset)
            .map_err(|error| client_error("name a changelog partition", &error))?;
        Ok(list)
    }
}

fn watermarks(consumer: &RestoreConsumer, topic: &str, partition: i32) -> Result<(i64, i64)> {
    consumer
        .fetch_watermarks(topic, partition, QUERY_TIMEOUT)
        .map_err(|error| client_error(&format!("find the end of changelog {topic}-{partition}"), &error))
}
