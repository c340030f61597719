//! What the DSL takes from the configuration at build time.

use streams_core::{Error, Result, StreamsConfig};

/// What the DSL takes from the configuration at build time.
#[derive(Debug, Clone, Default)]
pub(crate) struct BuildSettings {
    /// `topology.optimization`: tables restore from their source topics.
    pub(crate) reuse_source_topics: bool,
    /// `topology.optimization`: one repartition topic below each key-changing node.
    pub(crate) merge_repartition_topics: bool,
    /// `topology.optimization`: one store for a stream joined with itself (KIP-862).
    pub(crate) single_store_self_join: bool,
    /// `dsl.store.suppliers.class`: stores in memory instead of on disk, unless an operator says otherwise.
    pub(crate) in_memory_stores: bool,
}

impl BuildSettings {
    pub(crate) fn new(config: &StreamsConfig) -> Result<Self> {
        let mut settings = Self::default();
        for name in config.get("topology.optimization").unwrap_or("none").split(',') {
            match name.trim() {
                "none" => {}
                "all" => {
                    settings.reuse_source_topics = true;
                    settings.merge_repartition_topics = true;
                    settings.single_store_self_join = true;
                }
                "reuse.ktable.source.topics" => settings.reuse_source_topics = true,
                "merge.repartition.topics" => settings.merge_repartition_topics = true,
                "single.store.self.join" => settings.single_store_self_join = true,
                other => {
                    return Err(Error::config(format!("`topology.optimization` does not know `{other}`")));
                }
            }
        }
        let class = config.get("dsl.store.suppliers.class").or(config.get("default.dsl.store"));
        settings.in_memory_stores =
            class.is_some_and(|class| matches!(class, "memory" | "in_memory") || class.contains("InMemory"));
        Ok(settings)
    }
}
