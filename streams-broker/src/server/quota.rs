//! Limits on the number of connections: of all clients together, and of one address.

use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::FxHashMap;

/// Counts the connections that are open.
#[derive(Debug, Default)]
pub(super) struct Quota {
    counts: Mutex<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    all: usize,
    by_address: FxHashMap<IpAddr, usize>,
}

/// A connection that counts until this is dropped.
#[derive(Debug)]
pub(super) struct Slot {
    quota: Arc<Quota>,
    address: IpAddr,
}

impl Quota {
    /// Counts a connection, unless that would be more than `most` in all or `most_of_one` from its
    /// address; then the error names the key of the limit.
    pub(super) fn admit(
        self: &Arc<Self>,
        address: IpAddr,
        most: usize,
        most_of_one: usize,
    ) -> Result<Slot, &'static str> {
        let mut counts = self.counts.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.all >= most {
            return Err("max.connections");
        }
        if counts.by_address.get(&address).is_some_and(|own| *own >= most_of_one) || most_of_one == 0 {
            return Err("max.connections.per.ip");
        }
        counts.all += 1;
        *counts.by_address.entry(address).or_default() += 1;
        Ok(Slot { quota: Arc::clone(self), address })
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        let mut counts = self.quota.counts.lock().unwrap_or_else(PoisonError::into_inner);
        counts.all -= 1;
        if let Some(own) = counts.by_address.get_mut(&self.address) {
            *own -= 1;
            if *own == 0 {
                counts.by_address.remove(&self.address);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_limited_in_all_and_by_address_and_come_back() {
        let quota = Arc::new(Quota::default());
        let (one, other): (IpAddr, IpAddr) = ([127, 0, 0, 1].into(), [127, 0, 0, 2].into());
        let first = quota.admit(one, 2, 1).unwrap();
        assert_eq!(quota.admit(one, 2, 1).unwrap_err(), "max.connections.per.ip");
        let _second = quota.admit(other, 2, 1).unwrap();
        assert_eq!(quota.admit(other, 2, 1).unwrap_err(), "max.connections");
        drop(first);
        assert!(quota.admit(one, 2, 1).is_ok());
        assert_eq!(quota.counts.lock().unwrap().by_address.len(), 1);
    }
}
