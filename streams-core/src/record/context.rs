//! Where the record at hand came from.

use std::sync::Arc;

use super::{Headers, RawPayload};

/// The source topic, partition and offset of the record that is being processed.
///
/// It stays the same down the whole topology, whatever the processors in between forward (KIP-478).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordMetadata {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: i64,
}

/// All that is known of the record that is being processed: what handlers, topic extractors and stores see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordContext {
    /// The source topic; `None` in a punctuation.
    pub topic: Option<Arc<str>>,
    /// The source partition; -1 in a punctuation.
    pub partition: i32,
    /// The source offset; -1 in a punctuation.
    pub offset: i64,
    /// Milliseconds since the epoch: of the record as it reached the current processor.
    pub timestamp: i64,
    /// The headers of the record as it left the source.
    pub headers: Headers,
    /// Key and value as they were read, if they are still known (KIP-1034).
    pub source_raw: RawPayload,
}

impl RecordContext {
    /// The context of a punctuation at `timestamp`: no topic, partition and offset -1, no headers.
    pub fn punctuation(timestamp: i64) -> Self {
        Self {
            topic: None,
            partition: -1,
            offset: -1,
            timestamp,
            headers: Headers::new(),
            source_raw: RawPayload::default(),
        }
    }

    /// Topic, partition and offset, when there is a source record.
    pub fn metadata(&self) -> Option<RecordMetadata> {
        let topic = Arc::clone(self.topic.as_ref()?);
        Some(RecordMetadata { topic, partition: self.partition, offset: self.offset })
    }
}
