//! Dead letters: records that failed, put aside with the reason (KIP-1034).

use bytes::Bytes;

use crate::collector::OutgoingRecord;
use crate::error::Error;
use crate::handler::ErrorHandlerContext;
use crate::record::Headers;

const EXCEPTION: &str = "__streams.errors.exception";
const MESSAGE: &str = "__streams.errors.message";
const STACKTRACE: &str = "__streams.errors.stacktrace";
const TOPIC: &str = "__streams.errors.topic";
const PARTITION: &str = "__streams.errors.partition";
const OFFSET: &str = "__streams.errors.offset";

/// A record for a dead-letter queue. It is sent like any output of the task: under exactly-once, in its transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeadLetter {
    /// The topic of the queue.
    pub topic: String,
    /// The key's bytes.
    pub key: Option<Bytes>,
    /// The value's bytes.
    pub value: Option<Bytes>,
    /// Milliseconds since the epoch.
    pub timestamp: Option<i64>,
    /// The headers.
    pub headers: Headers,
}

impl DeadLetter {
    /// The letter that the built-in handlers write about `error`: key and value as they were read from the source, the
    /// record's headers, and behind them `__streams.errors.` `exception` (what the error asks for), `message`,
    /// `stacktrace` (the chain of causes), `topic`, `partition` and `offset`, all as text.
    pub fn about(error: &Error, context: &ErrorHandlerContext<'_>, topic: &str) -> Self {
        let record = context.record;
        let mut headers = record.headers.clone();
        headers.add(EXCEPTION, Some(format!("ErrorKind::{:?}", error.kind())));
        headers.add(MESSAGE, Some(error.to_string()));
        headers.add(STACKTRACE, Some(causes(error)));
        headers.add(TOPIC, record.topic.as_deref());
        headers.add(PARTITION, Some(record.partition.to_string()));
        headers.add(OFFSET, Some(record.offset.to_string()));
        Self {
            topic: topic.to_owned(),
            key: record.source_raw.key().map(Bytes::copy_from_slice),
            value: record.source_raw.value().map(Bytes::copy_from_slice),
            timestamp: Some(record.timestamp).filter(|timestamp| *timestamp >= 0),
            headers,
        }
    }

    /// The letter on its way out.
    pub(crate) fn outgoing(&self) -> OutgoingRecord<'_> {
        OutgoingRecord {
            topic: &self.topic,
            partition: None,
            key: self.key.as_deref(),
            value: self.value.as_deref(),
            timestamp: self.timestamp,
            headers: &self.headers,
        }
    }
}

/// The error and its causes, one a line.
fn causes(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(next) = cause {
        text.push_str("\ncaused by: ");
        text.push_str(&next.to_string());
        cause = next.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::handler::{LogAndContinue, LogAndFail, ProcessingExceptionHandler};
    use crate::record::{RawPayload, RecordContext};
    use crate::task_id::TaskId;

    fn record() -> RecordContext {
        let mut headers = Headers::new();
        headers.add("orig", Some("o1"));
        RecordContext {
            topic: Some(Arc::from("in")),
            partition: 2,
            offset: 40,
            timestamp: 123,
            headers,
            source_raw: RawPayload::new(Some(b"k"), None),
        }
    }

    #[test]
    fn a_letter_holds_the_source_record_and_the_reason() {
        let record = record();
        let context =
            ErrorHandlerContext { record: &record, processor_node: "p", task_id: TaskId::new(0, 2) };
        let cause = std::io::Error::other("disk on fire");
        let error = Error::data("cannot read").with_source(cause);
        let letters =
            ProcessingExceptionHandler::dead_letters(&LogAndContinue, &context, &error, Some("dlq"));
        assert_eq!(
            letters,
            ProcessingExceptionHandler::dead_letters(&LogAndFail, &context, &error, Some("dlq"))
        );
        let letter = &letters[0];
        assert_eq!((letter.topic.as_str(), letter.timestamp), ("dlq", Some(123)));
        assert_eq!((letter.key.as_deref(), letter.value.as_deref()), (Some(&b"k"[..]), None));
        let headers: Vec<(String, String)> = letter
            .headers
            .to_vec()
            .into_iter()
            .map(|header| (header.key, String::from_utf8_lossy(&header.value.unwrap()).into_owned()))
            .collect();
        let expected = [
            ("orig", "o1"),
            ("__streams.errors.exception", "ErrorKind::Data"),
            ("__streams.errors.message", "cannot read"),
            ("__streams.errors.stacktrace", "cannot read\ncaused by: disk on fire"),
            ("__streams.errors.topic", "in"),
            ("__streams.errors.partition", "2"),
            ("__streams.errors.offset", "40"),
        ];
        assert_eq!(headers, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
        assert_eq!(record.headers.len(), 1, "the record's own headers are untouched");
    }

    #[test]
    fn without_a_queue_there_are_no_letters() {
        let record = record();
        let context =
            ErrorHandlerContext { record: &record, processor_node: "p", task_id: TaskId::new(0, 2) };
        let error = Error::data("cannot read");
        assert!(ProcessingExceptionHandler::dead_letters(&LogAndContinue, &context, &error, None).is_empty());
    }
}
