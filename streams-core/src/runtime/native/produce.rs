//! Sending without an allocation, and delivery reports in bulk.

use std::ffi::{CStr, CString, c_char, c_void};
use std::fmt;
use std::ptr::{self, NonNull};
use std::sync::Arc;
use std::time::Duration;

use rdkafka::bindings::{self as rd, rd_kafka_vtype_t as vtype};
use rdkafka::producer::{BaseProducer, Producer, ProducerContext};
use rdkafka::types::{RDKafkaErrorCode, RDKafkaEvent, RDKafkaHeaders, RDKafkaQueue, RDKafkaTopic};

use super::error_of;
use crate::record::Headers;

/// What became of one record.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Delivery {
    /// The number that was given to [`NativeProducer::send`].
    pub(crate) tag: usize,
    /// The offset that the record got.
    pub(crate) offset: i64,
    /// Why it was not delivered.
    pub(crate) error: Option<RDKafkaErrorCode>,
}

/// A producer for one thread.
pub(crate) struct NativeProducer<C: ProducerContext<DeliveryOpaque = usize> + 'static> {
    events: NonNull<RDKafkaQueue>,
    client: Arc<BaseProducer<C>>,
}

// SAFETY: librdkafka's clients and queues may be used by any thread.
unsafe impl<C: ProducerContext<DeliveryOpaque = usize> + 'static> Send for NativeProducer<C> {}
// SAFETY: as above.
unsafe impl<C: ProducerContext<DeliveryOpaque = usize> + 'static> Sync for NativeProducer<C> {}

impl<C: ProducerContext<DeliveryOpaque = usize> + 'static> NativeProducer<C> {
    /// Wraps a client. `None` if it has no event queue, which no producer lacks.
    pub(crate) fn new(client: BaseProducer<C>) -> Option<Self> {
        // SAFETY: the client is valid; the call returns a reference to its main queue that the caller owns.
        let events = NonNull::new(unsafe { rd::rd_kafka_queue_get_main(client.client().native_ptr()) })?;
        Some(Self { events, client: Arc::new(client) })
    }

    /// The client, for all that is not done per record.
    pub(crate) fn client(&self) -> &Arc<BaseProducer<C>> {
        &self.client
    }

    /// A handle to send to `topic` with; `None` if the topic's name is impossible.
    pub(crate) fn topic(&self, topic: &str) -> Option<TopicHandle<C>> {
        let name = CString::new(topic).ok()?;
        // SAFETY: the client is valid and the name is a C string; a null configuration means the client's default.
        let handle = unsafe {
            rd::rd_kafka_topic_new(self.client.client().native_ptr(), name.as_ptr(), ptr::null_mut())
        };
        Some(TopicHandle { handle: NonNull::new(handle)?, _client: Arc::clone(&self.client) })
    }

    /// Puts a copy of a record into the producer's queue. `partition` -1 leaves the choice to the partitioner;
    /// `timestamp` is in milliseconds since the epoch, 0 stands for now.
    #[allow(clippy::too_many_arguments)]
    pub(crate) fn send(
        &self,
        topic: &TopicHandle<C>,
        partition: i32,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        timestamp: i64,
        headers: &Headers,
        tag: usize,
    ) -> Result<(), RDKafkaErrorCode> {
        let (key, key_len) = parts(key);
        let (value, value_len) = parts(value);
        let headers = native_headers(headers);
        // SAFETY: the arguments are pairs of a type tag and a value of that type (two for key and value, a pointer and
        // its length), ended by END. MSG_F_COPY makes the library copy key and value before it returns. The headers
        // become the library's on success and stay ours on failure.
        let code = unsafe {
            rd::rd_kafka_producev(
                self.client.client().native_ptr(),
                vtype::RD_KAFKA_VTYPE_RKT,
                topic.handle.as_ptr(),
                vtype::RD_KAFKA_VTYPE_PARTITION,
                partition,
                vtype::RD_KAFKA_VTYPE_MSGFLAGS,
                rd::RD_KAFKA_MSG_F_COPY,
                vtype::RD_KAFKA_VTYPE_VALUE,
                value,
                value_len,
                vtype::RD_KAFKA_VTYPE_KEY,
                key,
                key_len,
                vtype::RD_KAFKA_VTYPE_OPAQUE,
                tag as *mut c_void,
                vtype::RD_KAFKA_VTYPE_TIMESTAMP,
                timestamp,
                vtype::RD_KAFKA_VTYPE_HEADERS,
                headers,
                vtype::RD_KAFKA_VTYPE_END,
            )
        };
        let Some(error) = error_of(code) else { return Ok(()) };
        if !headers.is_null() {
            // SAFETY: the call failed, so that the headers are still ours.
            unsafe { rd::rd_kafka_headers_destroy(headers) };
        }
        Err(error)
    }

    /// Hands delivery reports to `f`; waits up to `timeout` for the first, then takes all that are here.
    pub(crate) fn poll(&self, timeout: Duration, mut f: impl FnMut(Delivery)) {
        let mut wait = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
        loop {
            // SAFETY: the queue is valid; the call returns null or an event that the caller owns.
            let event = unsafe { rd::rd_kafka_queue_poll(self.events.as_ptr(), wait) };
            let Some(event) = NonNull::new(event) else { return };
            self.handle(event, &mut f);
            // SAFETY: the event is owned and no longer used.
            unsafe { rd::rd_kafka_event_destroy(event.as_ptr()) };
            wait = 0;
        }
    }

    fn handle(&self, event: NonNull<RDKafkaEvent>, f: &mut impl FnMut(Delivery)) {
        // SAFETY: the event is valid during this call, and so are the messages that it holds.
        match unsafe { rd::rd_kafka_event_type(event.as_ptr()) } {
            rd::RD_KAFKA_EVENT_DR => loop {
                let message = unsafe { rd::rd_kafka_event_message_next(event.as_ptr()).as_ref() };
                let Some(message) = message else { break };
                f(Delivery {
                    tag: message._private as usize,
                    offset: message.offset,
                    error: error_of(message.err),
                });
            },
            rd::RD_KAFKA_EVENT_ERROR => {
                // SAFETY: as above; the reason is a C string of the event's.
                let (code, reason) = unsafe {
                    let reason = text(rd::rd_kafka_event_error_string(event.as_ptr()));
                    (rd::rd_kafka_event_error(event.as_ptr()), reason)
                };
                self.client.context().error(rdkafka::error::KafkaError::Global(code.into()), &reason);
            }
            rd::RD_KAFKA_EVENT_LOG => {
                let (mut facility, mut message, mut level) = (ptr::null(), ptr::null(), 0);
                // SAFETY: as above; on success the pointers are C strings of the event's.
                let (facility, message) = unsafe {
                    rd::rd_kafka_event_log(event.as_ptr(), &mut facility, &mut message, &mut level);
                    (text(facility), text(message))
                };
                tracing::debug!(target: "librdkafka", level, facility, "{message}");
            }
            _ => {}
        }
    }

    /// Sends out what waits for a fuller batch, and waits up to `slice` for the queue to empty. Delivery reports must be
    /// polled meanwhile: until they are, a record counts as in the queue.
    pub(crate) fn push(&self, slice: Duration) {
        let wait = i32::try_from(slice.as_millis()).unwrap_or(i32::MAX);
        // SAFETY: the client is valid. While the call lasts `linger.ms` counts as over.
        unsafe { rd::rd_kafka_flush(self.client.client().native_ptr(), wait) };
    }

    /// Records that are sent and whose delivery report is not yet polled.
    pub(crate) fn in_flight(&self) -> usize {
        usize::try_from(self.client.in_flight_count()).unwrap_or(0)
    }
}

impl<C: ProducerContext<DeliveryOpaque = usize> + 'static> Drop for NativeProducer<C> {
    fn drop(&mut self) {
        // SAFETY: the reference to the queue is owned, and the client still lives.
        unsafe { rd::rd_kafka_queue_destroy(self.events.as_ptr()) };
    }
}

impl<C: ProducerContext<DeliveryOpaque = usize> + 'static> fmt::Debug for NativeProducer<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeProducer").field("in_flight", &self.in_flight()).finish_non_exhaustive()
    }
}

/// A topic of a producer's.
pub(crate) struct TopicHandle<C: ProducerContext<DeliveryOpaque = usize> + 'static> {
    handle: NonNull<RDKafkaTopic>,
    // The handle belongs to the client, which must outlive it.
    _client: Arc<BaseProducer<C>>,
}

// SAFETY: librdkafka's topic handles may be used by any thread.
unsafe impl<C: ProducerContext<DeliveryOpaque = usize> + 'static> Send for TopicHandle<C> {}

impl<C: ProducerContext<DeliveryOpaque = usize> + 'static> Drop for TopicHandle<C> {
    fn drop(&mut self) {
        // SAFETY: the handle is owned, and the client still lives.
        unsafe { rd::rd_kafka_topic_destroy(self.handle.as_ptr()) };
    }
}

impl<C: ProducerContext<DeliveryOpaque = usize> + 'static> fmt::Debug for TopicHandle<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TopicHandle")
    }
}

/// Pointer and length; null for `None`.
fn parts(bytes: Option<&[u8]>) -> (*mut c_void, usize) {
    bytes.map_or((ptr::null_mut(), 0), |bytes| (bytes.as_ptr().cast_mut().cast(), bytes.len()))
}

/// A C string's text; empty for null.
///
/// # Safety
/// `text` is null or a C string.
unsafe fn text(text: *const c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_string_lossy().trim().to_owned()
}

/// A copy of the headers for librdkafka; null if there are none.
fn native_headers(headers: &Headers) -> *mut RDKafkaHeaders {
    headers.with(|list| {
        if list.is_empty() {
            return ptr::null_mut();
        }
        // SAFETY: the call returns headers that the caller owns.
        let native = unsafe { rd::rd_kafka_headers_new(list.len()) };
        for header in list {
            let (value, len) = parts(header.value.as_deref());
            let (name, value_len) = (header.key.as_ptr().cast::<c_char>(), signed(len));
            // SAFETY: name and value point to as many bytes as stated; both are copied.
            unsafe { rd::rd_kafka_header_add(native, name, signed(header.key.len()), value, value_len) };
        }
        native
    })
}

/// A length as C has it. No slice is longer than `isize::MAX`.
fn signed(len: usize) -> isize {
    isize::try_from(len).unwrap_or(isize::MAX)
}
