//! Cogrouped streams by sessions.

use std::sync::Arc;

use streams_core::{DefaultSerde, Windowed};

use super::CogroupedKStream;
use super::input::{Merger, Shape};
use crate::params::{Materialized, Named, StoredParams};
use crate::table::Flag;
use crate::window::{SessionView, SessionWindows};
use crate::{Data, KTable};

/// A cogrouped stream by sessions.
#[derive(Debug, Clone)]
pub struct SessionWindowedCogroupedKStream<K, VA> {
    cogrouped: CogroupedKStream<K, VA>,
    windows: SessionWindows,
}

impl<K: Data, VA: Data> SessionWindowedCogroupedKStream<K, VA> {
    pub(crate) fn new(cogrouped: &CogroupedKStream<K, VA>, windows: SessionWindows) -> Self {
        Self { cogrouped: cogrouped.clone(), windows }
    }

    /// As [`CogroupedKStream::aggregate`], for each session; `merger` makes one aggregate of two when sessions become one.
    pub fn aggregate(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        merger: impl Fn(&K, VA, VA) -> VA + Send + Sync + 'static,
    ) -> KTable<Windowed<K>, VA>
    where
        VA: DefaultSerde,
    {
        self.aggregate_with(initializer, merger, (Named::none(), Materialized::of_values()))
    }

    /// As [`SessionWindowedCogroupedKStream::aggregate`], with a name, a store, or both.
    pub fn aggregate_with(
        &self,
        initializer: impl Fn() -> VA + Send + Sync + 'static,
        merger: impl Fn(&K, VA, VA) -> VA + Send + Sync + 'static,
        params: impl StoredParams<K, VA>,
    ) -> KTable<Windowed<K>, VA> {
        let (named, materialized) = params.into_parts();
        let cogrouped = &self.cogrouped;
        let spec = cogrouped.spec(materialized);
        cogrouped.graph().check(spec.check_retention(self.windows.least_retention_ms()));
        let view = SessionView { store: Arc::clone(&spec.name), send_old: Flag::default() };
        let shape = Shape { spec: &spec, initializer: Arc::new(initializer), send_old: &view.send_old };
        let merger: Merger<K, VA> = Arc::new(move |key, one, other| Ok(merger(key, one, other)));
        let (node, name) = cogrouped.add_nodes::<Windowed<K>>(&named, &spec, Some(false), |input, name| {
            input.session_node(name, &shape, self.windows, Arc::clone(&merger))
        });
        cogrouped.table(node, name, &spec, |keys| keys.session_windowed(), view)
    }
}
