//! A topic: its partitions and its configuration.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError, RwLock};

use uuid::Uuid;

use super::partition::Partition;
use crate::config::TopicConfig;

/// A topic.
#[derive(Debug)]
pub(crate) struct Topic {
    /// Its name.
    pub(crate) name: Arc<str>,
    /// Its id; a topic that is made anew under the same name gets another one.
    pub(crate) id: Uuid,
    state: RwLock<State>,
}

#[derive(Debug, Clone)]
struct State {
    partitions: Arc<[Arc<Partition>]>,
    overrides: Arc<BTreeMap<String, String>>,
    config: Arc<TopicConfig>,
}

impl Topic {
    pub(super) fn new(
        name: Arc<str>,
        id: Uuid,
        partitions: Vec<Arc<Partition>>,
        overrides: BTreeMap<String, String>,
        config: TopicConfig,
    ) -> Self {
        let state =
            State { partitions: partitions.into(), overrides: Arc::new(overrides), config: Arc::new(config) };
        Topic { name, id, state: RwLock::new(state) }
    }

    fn state(&self) -> State {
        self.state.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All partitions, by number.
    pub(crate) fn partitions(&self) -> Arc<[Arc<Partition>]> {
        self.state().partitions
    }

    /// A partition.
    pub(crate) fn partition(&self, index: i32) -> Option<Arc<Partition>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        usize::try_from(index).ok().and_then(|index| state.partitions.get(index)).cloned()
    }

    /// The configuration in force.
    pub(crate) fn config(&self) -> Arc<TopicConfig> {
        Arc::clone(&self.state.read().unwrap_or_else(PoisonError::into_inner).config)
    }

    /// The configuration that was set for this topic.
    pub(crate) fn overrides(&self) -> Arc<BTreeMap<String, String>> {
        self.state().overrides
    }

    pub(super) fn add_partitions(&self, more: Vec<Arc<Partition>>) {
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.partitions = state.partitions.iter().cloned().chain(more).collect();
    }

    pub(super) fn configure(&self, overrides: BTreeMap<String, String>, config: TopicConfig) {
        let partitions = {
            let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
            state.overrides = Arc::new(overrides);
            state.config = Arc::new(config.clone());
            Arc::clone(&state.partitions)
        };
        for partition in partitions.iter() {
            partition.log().configure(config.log);
        }
    }
}
