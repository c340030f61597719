//! Which requests meet which fault.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::answers::can_answer;
use super::api_key::ApiKey;
use crate::error::{Error, Result};
use crate::server::RequestHeader;

/// What happens to a request.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Action {
    Error(i16),
    Delay(Duration),
    Drop,
    ApplyThenDrop,
}

/// A fault that requests of an API meet: once, unless told otherwise.
///
/// ```
/// use std::time::Duration;
/// use streams_broker::{ApiKey, Fault};
///
/// // The next two Produce requests are answered with NOT_LEADER_OR_FOLLOWER.
/// let stale_leader = Fault::error(ApiKey::PRODUCE, 6).times(2);
/// // After three heartbeats of this client, every further one takes half a second.
/// let slow = Fault::delay(ApiKey::HEARTBEAT, Duration::from_millis(500)).client("app-1").after(3).always();
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use = "a fault does nothing until it is injected"]
pub struct Fault {
    api: ApiKey,
    action: Action,
    client_id: Option<String>,
    skip: usize,
    left: Option<usize>,
}

impl Fault {
    fn new(api: ApiKey, action: Action) -> Self {
        Fault { api, action, client_id: None, skip: 0, left: Some(1) }
    }

    /// The request is not applied, and answered with this error code.
    pub fn error(api: ApiKey, code: i16) -> Self {
        Fault::new(api, Action::Error(code))
    }

    /// The request is applied after this time.
    pub fn delay(api: ApiKey, time: Duration) -> Self {
        Fault::new(api, Action::Delay(time))
    }

    /// The request is not applied, and the connection is closed.
    pub fn drop_connection(api: ApiKey) -> Self {
        Fault::new(api, Action::Drop)
    }

    /// The request is applied, but the connection is closed instead of answering: the client cannot
    /// know.
    pub fn apply_then_drop(api: ApiKey) -> Self {
        Fault::new(api, Action::ApplyThenDrop)
    }

    /// Only requests of the client with this `client.id` meet the fault.
    pub fn client(mut self, client_id: impl Into<String>) -> Self {
        self.client_id = Some(client_id.into());
        self
    }

    /// The first `count` requests are spared.
    pub fn after(mut self, count: usize) -> Self {
        self.skip = count;
        self
    }

    /// This many requests meet the fault.
    pub fn times(mut self, count: usize) -> Self {
        self.left = Some(count);
        self
    }

    /// All requests meet the fault, until [`Faults::clear`].
    pub fn always(mut self) -> Self {
        self.left = None;
        self
    }
}

/// The faults of a broker. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Faults(Arc<FaultTable>);

impl Faults {
    pub(crate) fn new(table: Arc<FaultTable>) -> Self {
        Faults(table)
    }

    /// Lets requests meet this fault from now on. If several fit a request, it meets the one that
    /// was injected first.
    ///
    /// # Errors
    /// If the fault answers with an error, but the API has no place for one, or is not known here.
    pub fn inject(&self, fault: Fault) -> Result<()> {
        if let Action::Error(_) = fault.action
            && !can_answer(fault.api)
        {
            return Err(Error::config(format!(
                "{} cannot be answered with an error; use drop_connection or delay",
                fault.api
            )));
        }
        let mut faults = self.0.faults.lock().unwrap_or_else(PoisonError::into_inner);
        faults.push(fault);
        self.0.count.store(faults.len(), Ordering::Release);
        Ok(())
    }

    /// Forgets all faults.
    pub fn clear(&self) {
        self.0.faults.lock().unwrap_or_else(PoisonError::into_inner).clear();
        self.0.count.store(0, Ordering::Release);
    }

    /// Number of faults that requests can still meet.
    pub fn pending(&self) -> usize {
        self.0.count.load(Ordering::Acquire)
    }
}

/// What is to be done with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Nothing out of the ordinary.
    Serve,
    /// Answer with this error code.
    Error(i16),
    /// Serve after this time.
    Delay(Duration),
    /// Close the connection.
    Drop,
    /// Serve, then close the connection.
    ApplyThenDrop,
}

/// The shared table.
#[derive(Debug, Default)]
pub(crate) struct FaultTable {
    /// Number of entries: requests look at this alone as long as there are none.
    count: AtomicUsize,
    faults: Mutex<Vec<Fault>>,
}

impl FaultTable {
    /// Decides about a request, and uses up the fault that it meets.
    pub(crate) fn judge(&self, header: &RequestHeader) -> Verdict {
        if self.count.load(Ordering::Acquire) == 0 {
            return Verdict::Serve;
        }
        let mut faults = self.faults.lock().unwrap_or_else(PoisonError::into_inner);
        let fits = |fault: &Fault| {
            fault.left != Some(0)
                && fault.api.0 == header.key
                && fault.client_id.as_deref().is_none_or(|id| header.client_id.as_deref() == Some(id))
        };
        let Some(at) = faults.iter().position(fits) else { return Verdict::Serve };
        let fault = &mut faults[at];
        if fault.skip > 0 {
            fault.skip -= 1;
            return Verdict::Serve;
        }
        let verdict = match fault.action {
            Action::Error(code) => Verdict::Error(code),
            Action::Delay(time) => Verdict::Delay(time),
            Action::Drop => Verdict::Drop,
            Action::ApplyThenDrop => Verdict::ApplyThenDrop,
        };
        if let Some(left) = &mut fault.left {
            *left = left.saturating_sub(1);
            if *left == 0 {
                let _spent = faults.remove(at);
            }
        }
        self.count.store(faults.len(), Ordering::Release);
        verdict
    }
}
