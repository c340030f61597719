//! The primitive encodings of the Kafka protocol, for what the `kafka-protocol` crate has no schema of:
//! the coordinators' records and the messages of streams groups (KIP-1071).
//!
//! Nothing here knows the broker: the module can be lifted out as it is.

mod field;
mod reader;
mod writer;

pub(crate) use field::{Field, flexible};
pub(crate) use reader::{DecodeError, Reader};
pub(crate) use writer::Writer;
