//! Fetch (key 1), versions 4–18. From version 7 with sessions (KIP-227), from 13 topics by id.
//!
//! A request waits until `min_bytes` are there or `max_wait_ms` is over; an append wakes it at
//! once. Records go from the log's files to the socket without being copied. Requests of
//! followers, preferred read replicas and racks are not served specially.

mod encode;
mod plan;
mod session;

use std::time::Duration;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::fetch_request::FetchRequest;
use tokio::time::{Instant, sleep_until};

use super::{Answer, Api, Request};
use crate::log::Isolation;
use crate::quotas::QuotaKey;
use crate::server::Reply;
use crate::topics::Watch;
use plan::{Outcome, Wanted};
pub(crate) use session::FetchSessions;

/// This API's entry in the dispatch table.
pub(crate) const API: Api =
    Api { key: ApiKey::Fetch as i16, min: 4, max: 18, handler: |request| Box::pin(fetch(request)) };

/// Most bytes that one answer holds, unless a single batch is larger (`fetch.max.bytes`).
const MAX_BYTES: i32 = 55 * 1024 * 1024;

/// Limits of one request.
struct Limits {
    max_wait: Duration,
    min_bytes: usize,
    /// Negative in a malformed request.
    max_bytes: i32,
    /// Whether a broker asks that is no replica of anything here.
    follower: bool,
    isolation: Isolation,
}

async fn fetch(request: Request) -> Answer {
    let body: FetchRequest = request.decode()?;
    let version = request.version();
    let rate =
        request.broker.quotas.rate(QuotaKey::ConsumerByteRate, request.session.user(), request.client_id());
    let max_bytes = body.max_bytes.min(rate.map_or(MAX_BYTES, |rate| MAX_BYTES.min(rate as i32)));
    let limits = Limits {
        max_wait: Duration::from_millis(u64::try_from(body.max_wait_ms).unwrap_or(0)),
        // More than the most is not waited for.
        min_bytes: usize::try_from(body.min_bytes.min(max_bytes)).unwrap_or(0),
        max_bytes,
        follower: body.replica_id.0 >= 0 || body.replica_state.replica_id.0 >= 0,
        isolation: Isolation::from_level(body.isolation_level),
    };
    if !(0..=1).contains(&body.isolation_level) {
        return Ok(refuse(version, &body));
    }
    let sessions = &request.broker.fetch_sessions;
    let session = match sessions.begin(version, body) {
        Ok(session) => session,
        Err(error) => return Ok(encode::encode(version, error.code(), 0, &[], limits.isolation)),
    };
    let outcomes = wait(&request, &session.wanted, &limits).await;
    let (session_id, outcomes) = sessions.finish(session, outcomes);
    let reply = encode::encode(version, 0, session_id, &outcomes, limits.isolation);
    Ok(match request.throttle(QuotaKey::ConsumerByteRate, reply.len()) {
        0 => reply,
        time => encode::throttled(reply, time),
    })
}

/// The answer to a request that makes no sense: up to version 12 for each partition, then as a whole.
fn refuse(version: i16, body: &FetchRequest) -> Reply {
    let error = ResponseError::UnknownServerError.code();
    let outcomes: Vec<Outcome> = match version {
        13.. => Vec::new(),
        _ => session::wanted(body).into_iter().map(|wanted| Outcome::failed(wanted, error)).collect(),
    };
    encode::encode(version, error, 0, &outcomes, Isolation::Uncommitted)
}

/// Reads until there is enough, something is wrong, or the time is over.
async fn wait(request: &Request, wanted: &[Wanted], limits: &Limits) -> Vec<Outcome> {
    let first = plan::read(&request.broker, request.version(), wanted, limits);
    if first.complete(limits, None) || limits.max_wait.is_zero() || wanted.is_empty() {
        return first.outcomes;
    }
    let mut watch = Watch::default();
    for outcome in &first.outcomes {
        if let Some(partition) = &outcome.partition {
            watch.add(partition.clone());
        }
    }
    let deadline = Instant::now() + limits.max_wait;
    let mut stop = request.broker.stop_signal();
    let mut over = false;
    loop {
        // Also right after the watch began: an append may have been in between.
        let read = plan::read(&request.broker, request.version(), wanted, limits);
        if over || read.complete(limits, Some(&first)) {
            return read.outcomes;
        }
        tokio::select! {
            () = watch.news() => {}
            () = sleep_until(deadline) => over = true,
            () = stop.stopped() => over = true,
        }
    }
}
