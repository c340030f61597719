//! Windows, and streams that are aggregated by key and window.

mod definition;
mod emit;
mod final_results;
mod node;
mod session_processor;
mod session_windowed;
mod session_windows;
mod sliding_processor;
mod sliding_windows;
mod time_processor;
mod time_windowed;
mod time_windows;
mod unlimited_windows;
mod view;
mod windowed_by;
mod windowed_store;
mod windowing;
mod writer;

pub use definition::Windows;
pub use emit::EmitStrategy;
pub use session_windowed::SessionWindowedKStream;
pub use session_windows::SessionWindows;
pub use sliding_windows::SlidingWindows;
pub use time_windowed::TimeWindowedKStream;
pub use time_windows::TimeWindows;
pub use unlimited_windows::UnlimitedWindows;
pub use windowed_by::WindowDefinition;

pub(crate) use definition::TimeKind;
pub(crate) use node::WindowedNode;
pub(crate) use session_processor::SessionFold;
pub(crate) use session_windowed::Merging;
pub(crate) use view::WindowedView;
pub(crate) use windowing::{Aggregating, Windowing, check_retention};
