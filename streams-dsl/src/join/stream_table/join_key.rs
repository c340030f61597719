//! Under which key a stream's record looks into a table.

/// Under which key a record with key `K` and value `V` looks into a table with keys `KT`.
pub(super) trait JoinKey<K, V, KT>: Send + Sync + 'static {
    /// Calls `f` with the key.
    fn with<T>(&self, key: &K, value: &V, f: impl FnOnce(&KT) -> T) -> T;
}

/// The record's own key.
pub(super) struct OwnKey;

impl<K, V> JoinKey<K, V, K> for OwnKey {
    fn with<T>(&self, key: &K, _value: &V, f: impl FnOnce(&K) -> T) -> T {
        f(key)
    }
}

/// A key that a function makes of the record.
pub(super) struct SelectedKey<F>(pub(super) F);

impl<K, V, KT, F: Fn(&K, &V) -> KT + Send + Sync + 'static> JoinKey<K, V, KT> for SelectedKey<F> {
    fn with<T>(&self, key: &K, value: &V, f: impl FnOnce(&KT) -> T) -> T {
        f(&(self.0)(key, value))
    }
}
