//! Window stores.

mod builder;
mod bytes;
mod plain;
mod reads;
mod supplier;
mod timestamped;
mod values;

pub use builder::{TimestampedWindowStoreBuilder, WindowStoreBuilder};
pub use plain::WindowStore;
pub use supplier::WindowStoreSupplier;
pub use timestamped::TimestampedWindowStore;
pub use values::WindowValues;

pub(super) use supplier::millis;
