//! The Kafka runtime: stream threads that run tasks over librdkafka.

mod admin;
mod app;
mod client_config;
mod events;
mod kafka_error;
mod kafka_streams;
mod lanes;
mod membership;
mod metrics;
mod native;
mod producer;
mod restore;
mod settings;
mod state;
mod state_dir;
mod task_collector;
mod thread;
mod topics;
mod transaction;
mod uncaught;

pub use app::ThreadState;
pub use kafka_streams::KafkaStreams;
pub use metrics::StreamsMetrics;
pub use restore::{NoRestoreListener, RestoredStore, StateRestoreListener};
pub use state::{State, StateChange, StateChanges};
pub use uncaught::{StreamThreadExceptionResponse, UncaughtExceptionHandler};
