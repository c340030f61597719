//! Buffers that hold records back until their time has come.

mod grace;
mod record_bytes;
mod suppression;
mod suppression_builder;

pub use grace::{BufferedRecord, GraceBuffer, GraceBufferBuilder};
pub use suppression::{BufferedChange, SuppressionBuffer};
pub use suppression_builder::SuppressionBufferBuilder;
