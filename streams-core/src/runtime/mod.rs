//! The Kafka runtime: stream threads that run tasks over librdkafka.

mod admin;
mod client_config;
mod events;
mod kafka_error;
mod native;
mod producer;
mod state;
mod state_dir;
mod uncaught;

pub use state::{State, StateChange, StateChanges};
pub use uncaught::{StreamThreadExceptionResponse, UncaughtExceptionHandler};
