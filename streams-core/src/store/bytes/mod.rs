//! Ordered stores of bytes: what all typed stores are made of.

mod cache;
mod index;
mod memory;
mod overlay;
mod range;
mod run;
mod runs;
mod scan;
mod slot;
mod store;

pub(crate) use cache::Cached;
pub(crate) use range::KeyRange;
pub(crate) use scan::{Direction, Scan};
pub(crate) use store::ByteStore;

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod runs_tests;
