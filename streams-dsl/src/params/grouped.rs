//! `Grouped`: serdes and name of a repartition topic.

use std::fmt;

use super::{Named, SerdeChoice, serde_methods};

/// How a grouped stream or table is repartitioned, should that be needed: serdes, and the name of the repartition topic
/// (`<name>-repartition`).
///
/// With a name, several aggregations of one grouped stream share the topic (KIP-372).
pub struct Grouped<K, V> {
    pub(crate) key_serde: SerdeChoice<K>,
    pub(crate) value_serde: SerdeChoice<V>,
    pub(crate) named: Named,
}

serde_methods!(Grouped);

impl<K: 'static, V: 'static> Grouped<K, V> {
    fn of(key_serde: SerdeChoice<K>, value_serde: SerdeChoice<V>) -> Self {
        Self { key_serde, value_serde, named: Named::none() }
    }

    /// Names the repartition topic, and the operator that selects the key.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }
}

impl<K, V> fmt::Debug for Grouped<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grouped").field("named", &self.named).finish_non_exhaustive()
    }
}
