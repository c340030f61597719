//! The Kafka runtime end to end: over the embedded broker, or over the cluster that
//! `KAFKA_BOOTSTRAP_SERVERS` names.

// All of this is test code, helpers included.
#![allow(clippy::unwrap_used)]

mod assignment;
mod bad_input;
mod cluster;
mod crash;
mod fail_over;
mod global_store;
mod life_cycle;
mod outage;
mod word_count;
mod word_count_app;
