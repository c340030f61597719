//! The global stores of a thread: filled from all partitions of their topics before the first task starts, and kept up to
//! date between the tasks' turns (features S65, R93).

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use rdkafka::consumer::{BaseConsumer, Consumer};
use rdkafka::types::RDKafkaErrorCode;
use rdkafka::{Offset, TopicPartitionList};

use super::StreamThread;
use crate::clock::{Clock, SystemClock};
use crate::error::{Error, ErrorKind, Result};
use crate::runtime::client_config::Role;
use crate::runtime::events::{ClientEvents, TopicPartition};
use crate::runtime::kafka_error::{client_error, kind_of};
use crate::runtime::native::PartitionQueue;
use crate::runtime::topics::{ClusterTopics, global_topics};
use crate::store::TaskState;
use crate::task::GlobalTask;

const TIMEOUT: Duration = Duration::from_secs(10);
const BATCH: usize = 2000;

#[derive(Debug)]
struct GlobalInput {
    partition: TopicPartition,
    queue: PartitionQueue,
    /// The offset of the next record.
    next: i64,
    /// The end when the thread started.
    end: i64,
}

/// The global stores of one thread, and where their records come from.
pub(super) struct GlobalStores {
    pub(super) task: GlobalTask,
    inputs: Vec<GlobalInput>,
    consumer: Arc<BaseConsumer<ClientEvents>>,
    last_commit: Instant,
    /// The stores have what the topics had when the thread started.
    complete: bool,
}

impl StreamThread {
    /// Opens the global stores if the topology has any, and brings them up to date. Returns whether they are complete.
    pub(super) fn poll_global(&mut self) -> Result<bool> {
        if self.app.topology.global_plan().is_none() {
            return Ok(true);
        }
        if self.global.is_none() && self.group_backoff.is_due(Instant::now()) {
            self.group_backoff.failed(Instant::now());
            let opened = self.membership.cluster().and_then(|cluster| match cluster {
                Some(cluster) => self.open_global(&cluster).map(Some),
                None => Ok(None),
            });
            match opened {
                Ok(Some(opened)) => {
                    self.global = Some(opened);
                    self.group_backoff.clear();
                }
                Ok(None) => {}
                Err(error) if error.kind() == ErrorKind::Retry => {
                    tracing::warn!(%error, "global stores cannot be filled yet; retrying");
                }
                Err(error) => return Err(error),
            }
        }
        let Some(global) = &mut self.global else { return Ok(false) };
        let applied = global.apply()?;
        self.app.counters.polled.fetch_add(applied, Ordering::Relaxed);
        if global.last_commit.elapsed() >= self.app.settings.commit_interval {
            global.commit()?;
        }
        Ok(global.complete)
    }

    fn open_global(&self, cluster: &ClusterTopics) -> Result<GlobalStores> {
        let app = &self.app;
        let plan = app.topology.global_plan().ok_or_else(|| Error::bug("there are no global stores"))?;
        let state = TaskState::new(self.directory.global_dir(self.index), app.state_options.clone());
        let mut task = GlobalTask::new(plan, app.settings.config(), &state)?;
        task.start(SystemClock.now_ms())?;
        let (client_id, config) = app.settings.client(Role::Global, &self.name);
        let consumer: BaseConsumer<ClientEvents> = config
            .create_with_context(ClientEvents::new(&client_id))
            .map_err(|error| client_error("make a consumer of global topics", &error))?;
        let consumer = Arc::new(consumer);
        let mut inputs = Vec::new();
        let mut list = TopicPartitionList::new();
        for topic in global_topics(&app.topology) {
            for partition in 0..cluster.get(&*topic).copied().unwrap_or(0) {
                let partition = TopicPartition::new(Arc::clone(&topic), partition);
                let input = open_input(&consumer, partition, &mut task, &state)?;
                list.add_partition_offset(&topic, input.partition.partition, Offset::Offset(input.next))
                    .map_err(|error| client_error("read a global topic", &error))?;
                inputs.push(input);
            }
        }
        consumer.assign(&list).map_err(|error| client_error("read global topics", &error))?;
        tracing::info!(partitions = inputs.len(), "filling global stores");
        Ok(GlobalStores { task, inputs, consumer, last_commit: Instant::now(), complete: false })
    }
}

fn open_input(
    consumer: &Arc<BaseConsumer<ClientEvents>>,
    partition: TopicPartition,
    task: &mut GlobalTask,
    state: &TaskState,
) -> Result<GlobalInput> {
    let what = format!("find the end of global topic {partition}");
    let (low, end) = consumer
        .fetch_watermarks(&partition.topic, partition.partition, TIMEOUT)
        .map_err(|error| client_error(&what, &error))?;
    // The state directory may hold stores of either kind; only what lies on disk is there already.
    let persistent = task.stores().iter().all(|store| store.persistent());
    let stored =
        if persistent { state.committed_offset(&partition.topic, partition.partition)? } else { None };
    let next = stored.filter(|offset| (low..=end).contains(offset)).unwrap_or(low);
    let queue = PartitionQueue::take(consumer, &partition.topic, partition.partition, thread::current());
    let queue = queue.ok_or_else(|| Error::bug(format!("partition {partition} has no queue")))?;
    Ok(GlobalInput { partition, queue, next, end })
}

impl GlobalStores {
    /// Applies what is here. Returns the number of records.
    fn apply(&mut self) -> Result<u64> {
        let _no_message = self.consumer.poll(Duration::ZERO);
        let now = SystemClock.now_ms();
        let mut applied = 0;
        for input in &mut self.inputs {
            if !input.queue.is_ready() {
                continue;
            }
            let batch = input.queue.read(BATCH);
            let TopicPartition { topic, partition } = &input.partition;
            for record in batch.records {
                input.next = record.offset + 1;
                self.task.process(topic, *partition, record, now)?;
                applied += 1;
            }
            input.next = batch.end.map_or(input.next, |end| input.next.max(end));
            if let Some(code) = batch.error {
                read_failed(input, code)?;
            }
        }
        if !self.complete && self.inputs.iter().all(|input| input.next >= input.end) {
            self.complete = true;
            tracing::info!("global stores are complete");
        }
        Ok(applied)
    }

    /// Lets what was applied go to disk.
    pub(super) fn commit(&mut self) -> Result<()> {
        self.last_commit = Instant::now();
        let offsets = self.inputs.iter().map(|input| {
            let TopicPartition { topic, partition } = &input.partition;
            ((Arc::clone(topic), *partition), input.next)
        });
        self.task.commit(offsets)
    }
}

/// An error that the client tells of for one partition: most pass.
fn read_failed(input: &GlobalInput, code: RDKafkaErrorCode) -> Result<()> {
    let GlobalInput { partition, next, .. } = input;
    match code {
        RDKafkaErrorCode::AutoOffsetReset | RDKafkaErrorCode::OffsetOutOfRange => Err(Error::state(format!(
            "global topic {partition} has no offset {next} any more: {code}; remove the local state \
             (`KafkaStreams::clean_up`) and start again"
        ))),
        code if kind_of(code) == ErrorKind::Config => {
            Err(Error::config(format!("cannot read global topic {partition}: {code}")))
        }
        code => {
            tracing::warn!(%partition, %code, "reading a global topic failed; the client retries");
            Ok(())
        }
    }
}
