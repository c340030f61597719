//! The golden cases: what real Kafka Streams does with a topology, compared with what this library does.

mod case;
mod functions;
mod hex;
mod keys;
mod op;
mod values;

pub use case::Case;
