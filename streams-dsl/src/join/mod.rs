//! Joins, one kind per directory.

mod repartition;
mod skipped;
mod stream_stream;
