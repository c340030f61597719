//! Names that the library makes up: one counter for nodes and stores (feature D105).

use std::sync::Arc;

/// The counter behind generated names. Operators use up numbers in a fixed order, also when the user names them, so
/// that naming one operator does not rename the others.
#[derive(Debug, Clone, Default)]
pub(crate) struct GeneratedNames(u32);

impl GeneratedNames {
    /// The prefix followed by the next number.
    pub(crate) fn next(&mut self, prefix: &str) -> Arc<str> {
        let name = format!("{prefix}{:010}", self.0).into();
        self.0 += 1;
        name
    }
}
