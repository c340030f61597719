//! Waking of requests that wait for records.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

/// Those who wait for news of a partition.
#[derive(Debug, Default)]
pub(crate) struct Waiters(Mutex<Vec<Arc<Notify>>>);

impl Waiters {
    /// Wakes all of them. A wake-up before the wait begins is not lost.
    pub(crate) fn wake(&self) {
        for waiter in self.0.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            waiter.notify_one();
        }
    }

    fn add(&self, waiter: &Arc<Notify>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(waiter));
    }

    fn remove(&self, waiter: &Arc<Notify>) {
        let mut waiters = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = waiters.iter().position(|known| Arc::ptr_eq(known, waiter)) {
            waiters.swap_remove(at);
        }
    }
}

/// A request that waits for news of some partitions, until it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    waiter: Arc<Notify>,
    partitions: Vec<Arc<super::Partition>>,
}

impl Watch {
    /// Waits for news of this partition, too.
    pub(crate) fn add(&mut self, partition: Arc<super::Partition>) {
        partition.waiters.add(&self.waiter);
        self.partitions.push(partition);
    }

    /// Completes when one of the partitions has news since the last time.
    pub(crate) async fn news(&self) {
        self.waiter.notified().await;
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        for partition in &self.partitions {
            partition.waiters.remove(&self.waiter);
        }
    }
}
