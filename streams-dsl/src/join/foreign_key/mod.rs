//! Joins of tables by foreign key (KIP-213).
//!
//! The left table subscribes to the right one: each update sends its foreign key to the right table's partition
//! ([`send`]), where it is kept ([`receive`]) and answered ([`answer`]). Updates of the right table answer all their
//! subscribers ([`notify`]). Back at the left table's partition an answer becomes a result, if the left value is still the
//! one that asked ([`resolve`]): answers carry its hash.

mod answer;
mod combined_key;
mod hash;
mod internal_topic;
mod names;
mod node;
mod notify;
mod operators;
mod partitioner;
mod receive;
mod resolve;
mod response;
mod send;
mod serdes;
mod subscription;
