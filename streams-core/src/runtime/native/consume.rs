//! Batched reading of one partition.

use std::any::Any;
use std::ffi::{CStr, CString, c_char, c_void};
use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::Thread;

use bytes::Bytes;
use rdkafka::bindings as rd;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::types::{RDKafka, RDKafkaErrorCode, RDKafkaMessage, RDKafkaQueue};

use super::error_of;
use crate::processor::RawRecord;
use crate::record::{Header, Headers, RawPayload};

/// How a queue tells its reader that it is no longer empty.
#[derive(Debug)]
struct Signal {
    ready: AtomicBool,
    reader: Thread,
}

impl Signal {
    fn raise(&self) {
        self.ready.store(true, Ordering::Release);
        self.reader.unpark();
    }
}

/// What one read of a partition's queue gave.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The records, in offset order.
    pub(crate) records: Vec<RawRecord>,
    /// The end of the partition was reached at this offset (only with `enable.partition.eof`).
    pub(crate) end: Option<i64>,
    /// The partition cannot be read on: an offset out of range, a missing permission.
    pub(crate) error: Option<RDKafkaErrorCode>,
    /// Bytes of keys and values.
    pub(crate) bytes: usize,
}

/// The queue of fetched messages of one partition, taken out of the consumer's common queue.
///
/// Make it before the partition is assigned: then not one message takes the other way, and it stays valid over later
/// assignments. The consumer itself must still be polled, for all that is not a message.
pub(crate) struct PartitionQueue {
    queue: NonNull<RDKafkaQueue>,
    signal: Arc<Signal>,
    messages: Vec<*mut RDKafkaMessage>,
    // The queue belongs to the client, which must outlive it.
    _consumer: Arc<dyn Any + Send + Sync>,
}

impl PartitionQueue {
    /// Takes the queue of a partition; `reader` is unparked when it is no longer empty. `None` if the topic's name is
    /// impossible.
    pub(crate) fn take<C: ConsumerContext + 'static>(
        consumer: &Arc<BaseConsumer<C>>,
        topic: &str,
        partition: i32,
        reader: Thread,
    ) -> Option<Self> {
        let topic = CString::new(topic).ok()?;
        let signal = Arc::new(Signal { ready: AtomicBool::new(true), reader });
        // SAFETY: the client pointer is valid while `consumer` lives, and the topic's name is a C string. The call
        // returns null or a queue that the caller owns.
        let queue = unsafe {
            rd::rd_kafka_queue_get_partition(consumer.client().native_ptr(), topic.as_ptr(), partition)
        };
        let queue = NonNull::new(queue)?;
        // SAFETY: `queue` is valid; null ends the forwarding to the consumer's common queue. The pointer handed to the
        // callback is that of the `Signal` that `self.signal` keeps alive until `drop` has removed the callback.
        unsafe {
            rd::rd_kafka_queue_forward(queue.as_ptr(), ptr::null_mut());
            let opaque = Arc::as_ptr(&signal).cast_mut().cast::<c_void>();
            rd::rd_kafka_queue_cb_event_enable(queue.as_ptr(), Some(on_nonempty), opaque);
        }
        Some(Self { queue, signal, messages: Vec::new(), _consumer: consumer.clone() })
    }

    /// Whether a read may give something.
    pub(crate) fn is_ready(&self) -> bool {
        self.signal.ready.load(Ordering::Acquire)
    }

    /// Reads up to `max` messages that are already here, without waiting.
    pub(crate) fn read(&mut self, max: usize) -> Batch {
        // The flag is lowered before the read: a message that arrives during the read raises it again.
        self.signal.ready.store(false, Ordering::Release);
        self.messages.resize(max, ptr::null_mut());
        // SAFETY: `messages` has room for `max` pointers. Time-out 0, for the call would otherwise wait until the array
        // is full.
        let count = unsafe {
            rd::rd_kafka_consume_batch_queue(self.queue.as_ptr(), 0, self.messages.as_mut_ptr(), max)
        };
        let count = usize::try_from(count).unwrap_or(0).min(max);
        if count == max {
            self.signal.ready.store(true, Ordering::Release);
        }
        self.messages.truncate(count);
        let batch = copy(&self.messages);
        for message in self.messages.drain(..) {
            // SAFETY: librdkafka handed the message over; nothing refers to it any more.
            unsafe { rd::rd_kafka_message_destroy(message) };
        }
        batch
    }
}

impl Drop for PartitionQueue {
    fn drop(&mut self) {
        // SAFETY: the queue is valid and owned. Callbacks run under the queue's lock, which disabling takes too: after
        // it none is running or will run, so that the signal may go.
        unsafe {
            rd::rd_kafka_queue_cb_event_enable(self.queue.as_ptr(), None, ptr::null_mut());
            rd::rd_kafka_queue_destroy(self.queue.as_ptr());
        }
    }
}

impl fmt::Debug for PartitionQueue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartitionQueue").field("signal", &self.signal).finish_non_exhaustive()
    }
}

/// Called by librdkafka when an empty queue gets a message.
unsafe extern "C" fn on_nonempty(_: *mut RDKafka, opaque: *mut c_void) {
    // SAFETY: `opaque` is the `Signal` of a queue that is not yet dropped (see `PartitionQueue::take`).
    let signal = unsafe { &*opaque.cast::<Signal>() };
    signal.raise();
}

/// Copies messages into records; those that are not small share one allocation.
fn copy(messages: &[*mut RDKafkaMessage]) -> Batch {
    let mut batch = Batch::default();
    for message in messages {
        // SAFETY: each pointer is a message that librdkafka handed over and that is not yet destroyed.
        let message = unsafe { &**message };
        match error_of(message.err) {
            None => batch.bytes += message.key_len + message.len,
            Some(RDKafkaErrorCode::PartitionEOF) => batch.end = Some(message.offset),
            Some(error) => batch.error = Some(error),
        }
    }
    let mut arena = Vec::with_capacity(batch.bytes);
    for message in messages {
        // SAFETY: as above; key and payload point to `key_len` and `len` bytes that live as long as the message.
        let message = unsafe { &**message };
        if error_of(message.err).is_none() {
            unsafe {
                arena.extend_from_slice(slice(message.key, message.key_len).unwrap_or_default());
                arena.extend_from_slice(slice(message.payload, message.len).unwrap_or_default());
            }
        }
    }
    let arena = Bytes::from(arena);
    let mut at = 0;
    batch.records.reserve(messages.len());
    for pointer in messages {
        // SAFETY: as above.
        let message = unsafe { &**pointer };
        if error_of(message.err).is_some() {
            continue;
        }
        let key = (!message.key.is_null()).then_some(message.key_len);
        let value = (!message.payload.is_null()).then_some(message.len);
        let payload = RawPayload::part_of(&arena, at, key, value);
        at += key.unwrap_or(0) + value.unwrap_or(0);
        // SAFETY: the message is valid, and a null type pointer is allowed.
        let timestamp = unsafe { rd::rd_kafka_message_timestamp(*pointer, ptr::null_mut()) };
        batch.records.push(RawRecord {
            offset: message.offset,
            timestamp,
            payload,
            headers: headers(*pointer),
        });
    }
    batch
}

/// The bytes behind a pointer; `None` for null.
///
/// # Safety
/// `data` is null or points to `len` bytes that outlive the result.
unsafe fn slice<'a>(data: *const c_void, len: usize) -> Option<&'a [u8]> {
    // SAFETY: the caller's promise.
    (!data.is_null()).then(|| unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) })
}

/// The headers of a message.
fn headers(message: *const RDKafkaMessage) -> Headers {
    let mut native = ptr::null_mut();
    // SAFETY: the message is valid; on success `native` points to headers that belong to it.
    let code = unsafe { rd::rd_kafka_message_headers(message, &mut native) };
    if error_of(code).is_some() {
        return Headers::new();
    }
    let mut headers = Headers::new();
    for index in 0.. {
        let (mut name, mut value, mut len) = (ptr::null::<c_char>(), ptr::null::<c_void>(), 0);
        // SAFETY: `native` is valid; past the last header the call fails and ends the loop.
        let code = unsafe { rd::rd_kafka_header_get_all(native, index, &mut name, &mut value, &mut len) };
        if error_of(code).is_some() {
            break;
        }
        // SAFETY: `name` is a C string and `value` null or `len` bytes; both live as long as the message.
        let (name, value) = unsafe { (CStr::from_ptr(name), slice(value, len)) };
        headers.push(Header {
            key: name.to_string_lossy().into_owned(),
            value: value.map(Bytes::copy_from_slice),
        });
    }
    headers
}
