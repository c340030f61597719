//! Cogrouped streams by windows of a fixed size.

use std::sync::Arc;

use streams_core::{DefaultSerde, Windowed};

use super::CogroupedKStream;
use super::input::Shape;
use crate::params::{Materialized, Named, StoredParams};
use crate::table::Flag;
use crate::window::{TimeKind, WindowView};
use crate::{Data, KTable};

/// A cogrouped stream by tumbling, hopping, sliding, unlimited or user-defined windows.
#[derive(Debug, Clone)]
pub struct TimeWindowedCogroupedKStream<K, VA> {
    cogrouped: CogroupedKStream<K, VA>,
    kind: TimeKind,
}

impl<K: Data, VA: Data> TimeWindowedCogroupedKStream<K, VA> {
    pub(crate) fn new(cogrouped: &CogroupedKStream<K, VA>, kind: TimeKind) -> Self {
        cogrouped.graph().check(kind.validate());
        Self { cogrouped: cogrouped.clone(), kind }
    }

    /// As [`CogroupedKStream::aggregate`], for each window.
    pub fn aggregate(&self, initializer: impl Fn() -> VA + Send + Sync + 'static) -> KTable<Windowed<K>, VA>
    where
        VA: DefaultSerde,
    {
        self.aggregate_with(initializer, (Named::none(), Materialized::of_values()))
    }

    /// As [`TimeWindowedCogroupedKStream::aggregate`], with a name, a store, or both.
    pub fn aggregate_with(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<Windowed<K>, VA> {
        let (named, materialized) = params.into_parts();
        let cogrouped = &self.cogrouped;
        let spec = cogrouped.spec(materialized);
        cogrouped.graph().check(spec.check_retention(self.kind.least_retention_ms()));
        let view = WindowView { store: Arc::clone(&spec.name), send_old: Flag::default() };
        let shape = Shape { spec: &spec, initializer: Arc::new(initializer), send_old: &view.send_old };
        let (node, name) = cogrouped.add_nodes::<Windowed<K>>(&named, &spec, Some(false), |input, name| {
            input.window_node(name, &shape, self.kind.clone())
        });
        cogrouped.table(node, name, &spec, |keys| keys.time_windowed(self.kind.size_ms()), view)
    }
}
