//! The coordinators of groups, offsets and transactions.
//!
//! # The seam to the rest of the broker
//! - **Start.** [`Coordinators::start`] runs before the first connection is accepted. It replays
//!   the internal topics, if they are there, with
//!   [`Partition::replay`](crate::topics::Partition::replay), and spawns timers on the runtime.
//! - **Writing.** [`Topics::create`](crate::topics::Topics::create) makes an internal topic at its
//!   first use. A batch is made by [`BatchBuilder`](crate::log::BatchBuilder) (a marker by
//!   [`control_marker`](crate::log::control_marker)) and appended by
//!   [`Partition::append_own`](crate::topics::Partition::append_own), which returns when it is in
//!   the page cache: nothing that was acknowledged is lost when the process is killed.
//! - **APIs.** Each handler file makes an `API` constant with the `api!` macro; [`APIS`] lists
//!   them. Everything listed is advertised by ApiVersions.
//! - **Time.** [`now_ms`](crate::clock::now_ms). Waiting handlers end early at
//!   [`Broker::stop_signal`](crate::broker::Broker::stop_signal).
//! - **Ids.** [`Identity::next_producer_id`](crate::identity::Identity::next_producer_id).

use std::sync::Arc;

use tokio::runtime::Handle;

use crate::api::Api;
use crate::broker::Broker;
use crate::config::Settings;
use crate::error::Result;

/// The coordinators' entries of the dispatch table.
pub(crate) const APIS: &[Api] = &[];

/// All coordinators of this broker.
#[derive(Debug)]
pub(crate) struct Coordinators {}

impl Coordinators {
    /// Coordinators without state.
    pub(crate) fn new(_settings: &Settings) -> Self {
        Coordinators {}
    }

    /// Rebuilds the state from the internal topics and starts the timers.
    pub(crate) fn start(&self, _broker: &Arc<Broker>, _runtime: &Handle) -> Result<()> {
        Ok(())
    }
}
