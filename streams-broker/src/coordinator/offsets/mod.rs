//! Committed offsets: the store, and the handlers that read and write it.

mod commit;
mod delete;
mod expire;
mod fetch;
mod store;
#[cfg(test)]
mod tests;

pub(crate) use store::OffsetStore;
