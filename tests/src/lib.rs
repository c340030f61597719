//! What the tests that cross crates have in common, and the harness for the golden cases.

mod conformance;

pub use conformance::Case;
