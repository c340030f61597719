//! Source nodes: where bytes become records.

use std::any::{Any, type_name};
use std::fmt;
use std::sync::Arc;

use super::context::ProcessorContext;
use super::graph::NodeContext;
use super::node::Node;
use crate::error::{BoxError, Error, Result};
use crate::record::{Headers, RawPayload, Record};
use crate::serde::Serde;
use crate::time::{RawTimestampExtractor, TimestampExtractor};

/// A record as it was read from a partition.
#[derive(Debug, Clone)]
pub struct RawRecord {
    /// The offset.
    pub offset: i64,
    /// Milliseconds since the epoch, as the topic has it; -1 if the topic has none.
    pub timestamp: i64,
    /// Key and value.
    pub payload: RawPayload,
    /// The headers.
    pub headers: Headers,
}

/// Where a queue of raw records comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct QueueId {
    pub(crate) topic: Arc<str>,
    pub(crate) partition: i32,
}

/// Why a record cannot become the head of its queue.
#[derive(Debug)]
pub(crate) enum LoadError {
    /// Its bytes cannot be read: the deserialization exception handler decides.
    Undecodable(Error),
    /// It has no valid time, or user code broke: the task must stop.
    Fatal(Error),
}

/// What the task engine asks of a source node. Each of the node's queues (one for each of its topics) has at most one
/// head: the record that is already read and not yet processed.
pub(crate) trait Source {
    /// Reads `raw` and makes it the head of `queue`. Returns its timestamp; a negative one says that there is no head:
    /// the extractor wants the record dropped.
    fn load(
        &mut self,
        queue: usize,
        id: &QueueId,
        raw: &RawRecord,
        partition_time: i64,
        default_extractor: &dyn RawTimestampExtractor,
    ) -> Result<i64, LoadError>;

    /// Forwards the head of `queue`.
    fn emit(&mut self, queue: usize, cx: &mut NodeContext<'_>) -> Result<()>;
}

/// A source node of typed records.
pub(crate) struct SourceNode<K, V> {
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    extractor: Option<Arc<dyn TimestampExtractor<K, V>>>,
    heads: Vec<Option<Record<K, V>>>,
}

impl<K, V> SourceNode<K, V> {
    pub(crate) fn new(
        key_serde: Serde<K>,
        value_serde: Serde<V>,
        extractor: Option<Arc<dyn TimestampExtractor<K, V>>>,
    ) -> Self {
        Self { key_serde, value_serde, extractor, heads: Vec::new() }
    }
}

impl<K, V> fmt::Debug for SourceNode<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(type_name::<Self>())
    }
}

impl<K: Clone + Send + 'static, V: Clone + Send + 'static> Node for SourceNode<K, V> {
    fn init(&mut self, _cx: &mut NodeContext<'_>) -> Result<()> {
        Ok(())
    }

    fn process(&mut self, cx: &mut NodeContext<'_>, _record: &mut dyn Any) -> Result<()> {
        Err(Error::bug(format!("source node `{}` was handed a record by another node", cx.links.name)))
    }

    fn as_source(&mut self) -> Option<&mut dyn Source> {
        Some(self)
    }
}

#[cold]
fn no_head(node: &str) -> Error {
    Error::bug(format!("source node `{node}` has no head record"))
}

impl<K: Clone + Send + 'static, V: Clone + Send + 'static> Source for SourceNode<K, V> {
    fn load(
        &mut self,
        queue: usize,
        id: &QueueId,
        raw: &RawRecord,
        partition_time: i64,
        default_extractor: &dyn RawTimestampExtractor,
    ) -> Result<i64, LoadError> {
        let unreadable = |what: &str, error: BoxError| {
            let place = format!(
                "cannot read the {what} of topic `{}`, partition {}, offset {}",
                id.topic, id.partition, raw.offset
            );
            LoadError::Undecodable(Error::data(error.to_string()).with_source(error).context(place))
        };
        let de = self.key_serde.deserializer();
        let key = de
            .deserialize_with_headers(&id.topic, &raw.headers, raw.payload.key())
            .map_err(|error| unreadable("key", error))?;
        let de = self.value_serde.deserializer();
        let value = de
            .deserialize_with_headers(&id.topic, &raw.headers, raw.payload.value())
            .map_err(|error| unreadable("value", error))?;
        let mut record = Record { key, value, timestamp: raw.timestamp, headers: raw.headers.clone() };
        record.timestamp = match &self.extractor {
            Some(extractor) => extractor.extract(&record, partition_time),
            None => default_extractor.extract(raw, partition_time),
        }
        .map_err(|error| {
            let place = format!("topic `{}`, partition {}, offset {}", id.topic, id.partition, raw.offset);
            LoadError::Fatal(error.context(place))
        })?;
        let timestamp = record.timestamp;
        if self.heads.len() <= queue {
            self.heads.resize_with(queue + 1, || None);
        }
        self.heads[queue] = (timestamp >= 0).then_some(record);
        Ok(timestamp)
    }

    fn emit(&mut self, queue: usize, cx: &mut NodeContext<'_>) -> Result<()> {
        let Some(head) = self.heads.get_mut(queue).filter(|head| head.is_some()) else {
            return Err(no_head(&cx.links.name));
        };
        let result = ProcessorContext::new(cx).forward_from(head);
        *head = None;
        result
    }
}
