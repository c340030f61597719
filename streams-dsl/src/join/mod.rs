//! Joins, one kind per directory.

mod foreign_key;
mod repartition;
mod skipped;
mod stream_stream;
mod stream_table;
mod table_table;
