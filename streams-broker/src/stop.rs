//! The signal that ends the broker's tasks.

use tokio::sync::watch;

/// Sends the signal, once.
#[derive(Debug)]
pub(crate) struct StopSender(watch::Sender<bool>);

/// Waits for the signal. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct StopSignal(watch::Receiver<bool>);

impl StopSender {
    pub(crate) fn new() -> Self {
        StopSender(watch::Sender::new(false))
    }

    /// Tells all tasks to end.
    pub(crate) fn stop(&self) {
        self.0.send_replace(true);
    }

    /// A receiver of the signal.
    pub(crate) fn signal(&self) -> StopSignal {
        StopSignal(self.0.subscribe())
    }
}

impl StopSignal {
    /// Completes when the broker stops, at once if it has been told to already.
    pub(crate) async fn stopped(&mut self) {
        // A dropped sender means that the broker is gone, which is a stop too.
        let _ = self.0.wait_for(|stop| *stop).await;
    }
}
