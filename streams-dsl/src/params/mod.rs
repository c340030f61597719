//! Parameter objects of operators. All have Kafka's names and methods; `as_` stands for `as`, a reserved word.

mod branched;
mod buffer_config;
mod consumed;
mod grouped;
mod join_windows;
mod joined;
mod materialized;
mod named;
mod printed;
mod produced;
mod repartitioned;
mod serdes;
mod stream_joined;
mod suppressed;
mod table_joined;

pub use branched::Branched;
pub use buffer_config::{BufferConfig, StrictBufferConfig};
pub use consumed::Consumed;
pub use grouped::Grouped;
pub use join_windows::JoinWindows;
pub use joined::Joined;
pub use materialized::{Materialized, StoreSupplier, StoredParams, ViewParams};
pub use named::Named;
pub use printed::Printed;
pub use produced::Produced;
pub use repartitioned::Repartitioned;
pub use stream_joined::StreamJoined;
pub use suppressed::Suppressed;
pub use table_joined::TableJoined;

pub(crate) use buffer_config::WhenFull;
pub(crate) use materialized::StoreOptions;
pub(crate) use serdes::{SerdeChoice, serde_methods};
pub(crate) use suppressed::Wait;
