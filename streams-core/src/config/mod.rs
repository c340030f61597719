//! The configuration of an application.

mod settings;

pub use settings::{StreamsConfig, StreamsConfigBuilder};
