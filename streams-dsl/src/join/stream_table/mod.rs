//! Joins of a stream with a table, local or global.

mod global;
mod join_key;
mod joining;
mod local;
mod node;
