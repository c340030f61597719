//! `Change`: an update of a table.

/// An update of a table, as it flows between the nodes below one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<V> {
    /// The new value; `None` is a deletion.
    pub new: Option<V>,
    /// The value that the new one replaces, if it is known and was asked for; `None` also if there was none.
    pub old: Option<V>,
    /// Whether this is the latest value of its key: not so for updates that arrive out of order at a versioned table
    /// (KIP-914).
    pub is_latest: bool,
}

impl<V> Change<V> {
    /// An update of the latest value.
    pub fn new(new: Option<V>, old: Option<V>) -> Self {
        Self { new, old, is_latest: true }
    }
}
