//! The graph nodes of windowed aggregations.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::Serde;

use super::session_processor::{SessionAggregation, SessionFold};
use super::sliding_processor::SlidingAggregation;
use super::time_processor::TimeAggregation;
use super::{EmitStrategy, SessionWindows, TimeKind};
use crate::Data;
use crate::graph::NewNode;
use crate::grouped::Fold;
use crate::store::StoreSpec;
use crate::table::Flag;

/// What a processor of a windowed aggregation is made of.
pub(super) struct Parts<K, V, VA, F> {
    pub(super) key_serde: Serde<K>,
    pub(super) input_serde: Option<Serde<V>>,
    pub(super) value_serde: Serde<VA>,
    pub(super) store: Arc<str>,
    pub(super) send_old: bool,
    pub(super) emit: EmitStrategy,
    pub(super) fold: Arc<F>,
}

impl<K: 'static, V: 'static, VA: 'static, F> Parts<K, V, VA, F> {
    /// The value, unless its serde calls it null.
    pub(super) fn not_null(&self, value: VA) -> Option<VA> {
        Some(value).filter(|value| !self.value_serde.is_null(value))
    }

    /// A copy of a former value for those who asked for it.
    pub(super) fn old(&self, value: Option<&VA>) -> Option<VA>
    where
        VA: Clone,
    {
        value.filter(|value| self.send_old && !self.value_serde.is_null(value)).cloned()
    }
}

impl<K, V, VA, F> Clone for Parts<K, V, VA, F> {
    fn clone(&self) -> Self {
        Self {
            key_serde: self.key_serde.clone(),
            input_serde: self.input_serde.clone(),
            value_serde: self.value_serde.clone(),
            store: Arc::clone(&self.store),
            send_old: self.send_old,
            emit: self.emit,
            fold: Arc::clone(&self.fold),
        }
    }
}

/// An aggregation over windows of a fixed size. Several may share a store (`cogroup`).
pub(crate) struct WindowNode<K, V, VA> {
    pub(crate) spec: Rc<StoreSpec<K, VA>>,
    pub(crate) kind: TimeKind,
    pub(crate) emit: EmitStrategy,
    pub(crate) input_serde: Option<Serde<V>>,
    pub(crate) send_old: Flag,
}

impl<K: Data, V: Data, VA: Data> WindowNode<K, V, VA> {
    pub(crate) fn node<F: Fold<K, V, VA>>(self, name: Arc<str>, fold: Arc<F>) -> NewNode {
        let Self { spec, kind, emit, input_serde, send_old } = self;
        let closes_after = kind.grace_period_ms();
        let node = NewNode::new(name, move |to, at| {
            let (key_serde, value_serde) = spec.serdes()?;
            let parts = Parts {
                key_serde,
                input_serde: input_serde.clone(),
                value_serde,
                store: Arc::clone(&spec.name),
                send_old: send_old.get(),
                emit,
                fold: Arc::clone(&fold),
            };
            let (name, parents) = (Arc::clone(&at.name), at.parents.clone());
            match &kind {
                TimeKind::Aligned(windows) => {
                    let windows = Arc::clone(windows);
                    let make = move || TimeAggregation::new(parts.clone(), Arc::clone(&windows));
                    to.topology.add_processor(name, make, parents)?;
                }
                TimeKind::Sliding(windows) => {
                    let windows = *windows;
                    let make = move || SlidingAggregation::new(parts.clone(), windows);
                    to.topology.add_processor(name, make, parents)?;
                }
            }
            spec.add_window(to, &kind, emit, &at.name)
        });
        node.closing_after(closes_after)
    }
}

/// An aggregation over sessions.
pub(crate) struct SessionNode<K, V, VA> {
    pub(crate) spec: Rc<StoreSpec<K, VA>>,
    pub(crate) windows: SessionWindows,
    pub(crate) emit: EmitStrategy,
    pub(crate) input_serde: Option<Serde<V>>,
    pub(crate) send_old: Flag,
}

impl<K: Data, V: Data, VA: Data> SessionNode<K, V, VA> {
    pub(crate) fn node<F: SessionFold<K, V, VA>>(self, name: Arc<str>, fold: Arc<F>) -> NewNode {
        let Self { spec, windows, emit, input_serde, send_old } = self;
        let closes_after = windows.inactivity_gap_ms().saturating_add(windows.grace_period_ms());
        let node = NewNode::new(name, move |to, at| {
            let (key_serde, value_serde) = spec.serdes()?;
            let parts = Parts {
                key_serde,
                input_serde: input_serde.clone(),
                value_serde,
                store: Arc::clone(&spec.name),
                send_old: send_old.get(),
                emit,
                fold: Arc::clone(&fold),
            };
            let make = move || SessionAggregation::new(parts.clone(), windows);
            to.topology.add_processor(Arc::clone(&at.name), make, at.parents.clone())?;
            spec.add_session(to, windows, emit, &at.name)
        });
        node.closing_after(closes_after)
    }
}
