//! `Named`: a name for an operator.

use std::sync::Arc;

/// A name for an operator (KIP-307). Without one the operator is called by its kind and a number.
///
/// Names become names of nodes, and of some operators also of topics and stores; so ASCII letters and digits, `.`, `_`
/// and `-` are allowed. A wrong name is refused by `build()`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    name: Option<Arc<str>>,
}

impl Named {
    /// No name.
    pub fn none() -> Self {
        Self::default()
    }

    /// A name.
    pub fn as_(name: impl Into<String>) -> Self {
        Self { name: Some(name.into().into()) }
    }

    /// The name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}
