//! The configuration of an application.

mod builder;
mod keys;
mod objects;
mod rule;
mod settings;
mod special;
mod types;

#[cfg(test)]
mod tests;

pub use builder::StreamsConfigBuilder;
pub use settings::StreamsConfig;
pub use types::{DslStoreKind, GroupProtocol, Optimizations, ProcessingGuarantee};
