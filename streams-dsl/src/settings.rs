//! What the DSL takes from the configuration at build time.

use streams_core::{DslStoreKind, Optimizations, StreamsConfig};

/// What the DSL takes from the configuration at build time.
#[derive(Clone, Default)]
pub(crate) struct BuildSettings {
    /// `topology.optimization`.
    pub(crate) optimizations: Optimizations,
    /// `dsl.store.suppliers.class`: where stores live, unless an operator says otherwise.
    pub(crate) store_kind: DslStoreKind,
    /// `dsl.store.format`: whether stores are to hold headers.
    pub(crate) store_headers: bool,
    /// The configuration itself, for what the topology takes from it.
    pub(crate) config: Option<StreamsConfig>,
}

impl BuildSettings {
    pub(crate) fn new(config: &StreamsConfig) -> Self {
        Self {
            optimizations: config.topology_optimization(),
            store_kind: config.dsl_store(),
            store_headers: config.dsl_store_holds_headers(),
            config: Some(config.clone()),
        }
    }
}
