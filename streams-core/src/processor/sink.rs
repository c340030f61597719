//! Sink nodes: where records become bytes and leave the task.

use std::any::{Any, type_name};
use std::fmt;
use std::sync::Arc;

use super::graph::{NodeContext, TaskContext};
use super::node::{Node, peek_record};
use crate::collector::OutgoingRecord;
use crate::error::{BoxError, Error, Result};
use crate::handler::{ErrorHandlerContext, ProductionDecision};
use crate::hash::partition_for_key;
use crate::partitioner::{Partitions, StreamPartitioner, TopicNameExtractor};
use crate::record::Record;
use crate::serde::{IsNull, Serde};

/// The topic of a sink.
pub(crate) enum SinkTopic<K, V> {
    Fixed(Arc<str>),
    Computed(Arc<dyn TopicNameExtractor<K, V>>),
}

/// A sink node of typed records.
pub(crate) struct SinkNode<K, V> {
    topic: SinkTopic<K, V>,
    writer: Writer<K, V>,
}

/// What turns a record into bytes, and where these are kept meanwhile.
struct Writer<K, V> {
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    partitioner: Option<Arc<dyn StreamPartitioner<K, V>>>,
    /// See [`Serializer::unpartitioned_suffix`](crate::Serializer::unpartitioned_suffix).
    suffix: usize,
    key_bytes: Vec<u8>,
    value_bytes: Vec<u8>,
}

impl<K: 'static, V: 'static> SinkNode<K, V> {
    pub(crate) fn new(
        topic: SinkTopic<K, V>,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
        partitioner: Option<Arc<dyn StreamPartitioner<K, V>>>,
    ) -> Self {
        let suffix = key_serde.serializer().unpartitioned_suffix();
        let (key_bytes, value_bytes) = (Vec::new(), Vec::new());
        let writer = Writer { key_serde, value_serde, partitioner, suffix, key_bytes, value_bytes };
        Self { topic, writer }
    }
}

impl<K: 'static, V: 'static> Writer<K, V> {
    fn send(&mut self, topic: &str, record: &mut Record<K, V>, task: &mut TaskContext) -> Result<()> {
        let Record { key, value, timestamp, headers } = record;
        self.key_bytes.clear();
        let ser = self.key_serde.serializer();
        let key_null = ser
            .serialize_with_headers(topic, headers, key, &mut self.key_bytes)
            .map_err(|error| unwritable(topic, "key", error))?;
        self.value_bytes.clear();
        let ser = self.value_serde.serializer();
        let value_null = ser
            .serialize_with_headers(topic, headers, value, &mut self.value_bytes)
            .map_err(|error| unwritable(topic, "value", error))?;
        let out = |partition| OutgoingRecord {
            topic,
            partition,
            key: (key_null == IsNull::No).then_some(&*self.key_bytes),
            value: (value_null == IsNull::No).then_some(&*self.value_bytes),
            timestamp: Some(*timestamp),
            headers,
        };
        let partitions = match &self.partitioner {
            Some(partitioner) => {
                partitioner.try_partitions(topic, key, value, task.collector.partition_count(topic)?)?
            }
            None if self.suffix == 0 => return task.collector.send(out(None)),
            None => {
                let inner = self.key_bytes.len().saturating_sub(self.suffix);
                let count = task.collector.partition_count(topic)?;
                Partitions::One(partition_for_key(&self.key_bytes[..inner], count))
            }
        };
        match partitions {
            Partitions::Default => task.collector.send(out(None)),
            Partitions::One(partition) => task.collector.send(out(Some(partition))),
            Partitions::Many(partitions) => {
                if partitions.is_empty() {
                    task.dropped_records += 1;
                }
                partitions.into_iter().try_for_each(|partition| task.collector.send(out(Some(partition))))
            }
        }
    }
}

#[cold]
fn unwritable(topic: &str, what: &str, error: BoxError) -> Error {
    Error::data(error.to_string())
        .with_source(error)
        .context(format!("cannot write the {what} of a record for topic `{topic}`"))
}

impl<K, V> fmt::Debug for SinkNode<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(type_name::<Self>())
    }
}

impl<K: Send + 'static, V: Send + 'static> Node for SinkNode<K, V> {
    fn init(&mut self, _cx: &mut NodeContext<'_>) -> Result<()> {
        Ok(())
    }

    fn process(&mut self, cx: &mut NodeContext<'_>, record: &mut dyn Any) -> Result<()> {
        let record: &mut Record<K, V> = peek_record(record, cx.links)?;
        let computed: String;
        let topic: &str = match &self.topic {
            SinkTopic::Fixed(topic) => topic,
            SinkTopic::Computed(extractor) => {
                computed = extractor.extract(record, &cx.task.record);
                &computed
            }
        };
        match self.writer.send(topic, record, cx.task) {
            Ok(()) => Ok(()),
            Err(error) => failed(cx, topic, error),
        }
    }
}

/// Asks the production exception handler what to do about a record that cannot be written.
#[cold]
fn failed(cx: &mut NodeContext<'_>, topic: &str, error: Error) -> Result<()> {
    if error.kind() != crate::ErrorKind::Data {
        return Err(error);
    }
    let context = ErrorHandlerContext {
        record: &cx.task.record,
        processor_node: &cx.links.name,
        task_id: cx.task.task_id,
    };
    let handlers = Arc::clone(&cx.task.handlers);
    let letters = handlers.production.dead_letters(&context, &error, handlers.dead_letter_topic.as_deref());
    let decision = handlers.production.handle(&context, topic, &error);
    cx.task.send_dead_letters(&letters)?;
    match decision {
        ProductionDecision::Continue => {
            tracing::warn!(node = %cx.links.name, task = %cx.task.task_id, %error, "record dropped: cannot be written");
            cx.task.dropped_records += 1;
            Ok(())
        }
        ProductionDecision::Retry | ProductionDecision::Fail => Err(error.mark_handled()),
    }
}
