//! Offsets in a transaction, for a group member that librdkafka does not know.

use std::ffi::{CStr, CString};
use std::ptr::{self, NonNull};
use std::time::Duration;

use rdkafka::ClientContext;
use rdkafka::TopicPartitionList;
use rdkafka::bindings as rd;
use rdkafka::client::Client;
use rdkafka::types::RDKafkaErrorCode;

use crate::error::{Error, ErrorKind, Result};

/// Adds `offsets` to the running transaction, on behalf of member `member_id` of `group_id` in `generation` (the member
/// epoch of a group of the newer protocols). The coordinator fences a member whose generation is past.
///
/// # Errors
/// [`ErrorKind::Fenced`] if the member or the producer is fenced, [`ErrorKind::Retry`] if the call may be repeated or the
/// transaction aborted and begun anew.
pub(crate) fn send_offsets_to_transaction<C: ClientContext>(
    producer: &Client<C>,
    offsets: &TopicPartitionList,
    group_id: &str,
    generation: i32,
    member_id: &str,
    timeout: Duration,
) -> Result<()> {
    let strings = (CString::new(group_id), CString::new(member_id));
    let (Ok(group_id), Ok(member_id)) = strings else {
        return Err(Error::argument("a group id or a member id contains a zero byte"));
    };
    let wait = i32::try_from(timeout.as_millis()).unwrap_or(i32::MAX);
    // SAFETY: the arguments are C strings (null: no group instance) that the call copies; the result is owned.
    let group = unsafe {
        rd::rd_kafka_consumer_group_metadata_new_with_genid(
            group_id.as_ptr(),
            generation,
            member_id.as_ptr(),
            ptr::null(),
        )
    };
    // SAFETY: client, offsets and group are valid; the call returns null or an error that the caller owns.
    let error = unsafe {
        let error =
            rd::rd_kafka_send_offsets_to_transaction(producer.native_ptr(), offsets.ptr(), group, wait);
        rd::rd_kafka_consumer_group_metadata_destroy(group);
        error
    };
    let Some(error) = NonNull::new(error) else { return Ok(()) };
    // SAFETY: the error is valid until it is destroyed, and its text is a C string.
    let (code, retriable, text) = unsafe {
        let text = CStr::from_ptr(rd::rd_kafka_error_string(error.as_ptr())).to_string_lossy().into_owned();
        let retriable = rd::rd_kafka_error_is_retriable(error.as_ptr()) != 0
            || rd::rd_kafka_error_txn_requires_abort(error.as_ptr()) != 0;
        let code: RDKafkaErrorCode = rd::rd_kafka_error_code(error.as_ptr()).into();
        rd::rd_kafka_error_destroy(error.as_ptr());
        (code, retriable, text)
    };
    let kind = match code {
        RDKafkaErrorCode::IllegalGeneration
        | RDKafkaErrorCode::UnknownMemberId
        | RDKafkaErrorCode::FencedInstanceId
        | RDKafkaErrorCode::ProducerFenced => ErrorKind::Fenced,
        _ if retriable => ErrorKind::Retry,
        _ => ErrorKind::Fenced,
    };
    Err(Error::new(kind, format!("cannot add offsets to the transaction: {text}")))
}
