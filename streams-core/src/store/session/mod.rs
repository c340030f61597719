//! Session stores.

mod builder;
mod bytes;
mod store;
mod supplier;

pub use builder::SessionStoreBuilder;
pub use store::SessionStore;
pub use supplier::SessionStoreSupplier;
