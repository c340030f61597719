//! An embedded broker that speaks the Kafka wire protocol.
//!
//! It is for development, tests and learning: it starts inside a process in milliseconds, and
//! unmodified Kafka clients talk to it over loopback.
//!
//! ```
//! use streams_broker::EmbeddedBroker;
//!
//! # fn main() -> streams_broker::Result<()> {
//! let broker = EmbeddedBroker::builder().temporary().default_partitions(3).start_blocking()?;
//! println!("bootstrap.servers={}", broker.bootstrap_servers());
//! broker.shutdown_blocking()
//! # }
//! ```

mod api;
mod broker;
mod builder;
mod clock;
mod config;
mod coordinator;
#[cfg(test)]
mod crash;
mod disk;
mod embedded;
mod error;
mod fault;
#[cfg(any(test, fuzzing))]
#[doc(hidden)]
pub mod fuzz;
mod housekeeping;
mod identity;
mod log;
mod metrics;
mod quotas;
mod security;
mod server;
mod stop;
mod telemetry;
mod topics;

pub use builder::Builder;
pub use embedded::EmbeddedBroker;
pub use error::{Error, ErrorKind, Result};
pub use fault::{ApiKey, Fault, Faults, Journal, JournalEntry};
pub use metrics::BrokerMetrics;

/// Compiles the code of the guide.
#[cfg(doctest)]
#[doc = include_str!("../../docs/broker.md")]
mod guide {}
