//! The frame of tables that are computed from another table, value by value: `filter`, `map_values`, `transform_values`.

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{BoxError, Processor, ProcessorContext, Record, Serde, Stores};

use super::derived_view::DerivedView;
use super::view::Flag;
use super::{Change, KTable};
use crate::graph::NewNode;
use crate::params::{Materialized, Named};
use crate::store::{StoreSpec, TableWriter};
use crate::{Data, prefixes};

/// What a derived table makes of the values of its parent.
pub(crate) trait Derivation<K, V, V2>: Send {
    /// Called once, in the `init` of the table's node or of a node that reads through the table.
    fn init(&mut self, _stores: &mut Stores) -> Result<(), BoxError> {
        Ok(())
    }

    /// The table's value for a value of the parent; `None` is none.
    fn derive(&mut self, stores: &mut Stores, key: &K, value: Option<V>) -> Result<Option<V2>, BoxError>;

    /// Called when the node closes.
    fn close(&mut self) {}
}

/// Makes a derivation for each node that needs one.
pub(crate) type Derivations<K, V, V2> = Arc<dyn Fn() -> Box<dyn Derivation<K, V, V2>> + Send + Sync>;

/// What is particular to an operator that derives a table.
pub(crate) struct Operator<K, V, V2> {
    pub(crate) prefix: &'static str,
    pub(crate) named: Named,
    pub(crate) materialized: Option<Materialized<K, V2>>,
    /// The value serde where none is given.
    pub(crate) value_serde: Option<Serde<V2>>,
    pub(crate) make: Derivations<K, V, V2>,
    /// Nothing to nothing is not forwarded when old values are known: `filter`.
    pub(crate) skips_nothing: bool,
    /// Asks the parent for old values if it has a store: `filter`.
    pub(crate) wants_old_values: bool,
    /// Stores of the user's that the derivation needs.
    pub(crate) stores: Vec<String>,
}

impl<K: Data, V: Data> KTable<K, V> {
    /// Adds a table that is computed from this one.
    pub(crate) fn derived<V2: Data>(&self, operator: Operator<K, V, V2>) -> KTable<K, V2> {
        let Operator { prefix, named, materialized, value_serde, make, .. } = operator;
        // Without a word on stores, versions survive if the parent has them.
        let versioned = materialized.as_ref().map(|materialized| materialized.is_versioned());
        let keys = materialized.as_ref().and_then(|it| it.key_serde.resolve(self.key_serde.as_ref()));
        let values = materialized.as_ref().and_then(|it| it.value_serde.resolve(value_serde.as_ref()));
        let spec = match materialized {
            Some(it) if it.store_name().is_some() => {
                let upstream = (self.key_serde.as_ref(), value_serde.as_ref());
                Some(Rc::new(StoreSpec::new(&self.graph, it, prefix, upstream)))
            }
            Some(_) if prefix == prefixes::TABLE_TRANSFORM_VALUES => None,
            Some(_) => {
                // No store without a name; but its number is used up.
                self.graph.generate(&format!("{prefix}{}", prefixes::STATE_STORE));
                None
            }
            None => None,
        };
        let name = self.graph.name(&named, prefix);
        let view = DerivedView {
            parent: Rc::clone(&self.view),
            store: spec.as_ref().map(|spec| Arc::clone(&spec.name)),
            history_ms: spec.as_ref().and_then(|spec| spec.history_retention_ms()),
            send_old: Flag::default(),
            make: Arc::clone(&make),
            stores: operator.stores.iter().map(|store| store.as_str().into()).collect(),
        };
        if operator.wants_old_values && self.enable_sending_old_values(false) {
            view.send_old.set();
        }
        let queryable = spec.as_ref().and_then(|spec| spec.queryable_name());
        let value_serde = values.or(value_serde);
        let frame = Frame {
            store: view.store.clone(),
            send_old: view.send_old.clone(),
            null_of: value_serde.clone(),
            skips_nothing: operator.skips_nothing,
            make,
            stores: operator.stores,
        };
        let node = frame.node(Arc::clone(&name), spec).output_versioned(versioned);
        KTable {
            node: self.graph.add(&[self.node], node),
            graph: self.graph.clone(),
            name,
            sources: Rc::clone(&self.sources),
            key_serde: keys.or_else(|| self.key_serde.clone()),
            value_serde,
            queryable,
            view: Rc::new(view),
        }
    }
}

/// What a derived table's processors are made of.
struct Frame<K, V, V2> {
    store: Option<Arc<str>>,
    send_old: Flag,
    null_of: Option<Serde<V2>>,
    skips_nothing: bool,
    make: Derivations<K, V, V2>,
    stores: Vec<String>,
}

impl<K: Data, V: Data, V2: Data> Frame<K, V, V2> {
    fn node(self, name: Arc<str>, spec: Option<Rc<StoreSpec<K, V2>>>) -> NewNode {
        let Self { store, send_old, null_of, skips_nothing, make, stores } = self;
        NewNode::new(name, move |to, at| {
            let (store, null_of, make) = (store.clone(), null_of.clone(), Arc::clone(&make));
            let send_old = send_old.get();
            // Between versions there are updates that change nothing now, and yet are forwarded.
            let skips_nothing = skips_nothing && send_old && !at.parents_versioned.contains(&true);
            let supplier = move || Derived::<K, V, V2> {
                store: store.clone(),
                null_of: null_of.clone(),
                send_old,
                skips_nothing,
                derivation: make(),
                writer: None,
            };
            to.topology.add_processor(Arc::clone(&at.name), supplier, at.parents.clone())?;
            if !stores.is_empty() {
                to.topology.connect_processor_and_state_stores(&at.name, &stores)?;
            }
            spec.as_ref().map_or(Ok(()), |spec| spec.add_key_value(to, &at.name))
        })
    }
}

/// The processor of a derived table.
struct Derived<K, V, V2> {
    store: Option<Arc<str>>,
    null_of: Option<Serde<V2>>,
    send_old: bool,
    skips_nothing: bool,
    derivation: Box<dyn Derivation<K, V, V2>>,
    writer: Option<TableWriter<K, V2>>,
}

impl<K: Data, V: Data, V2: Data> Derived<K, V, V2> {
    fn derive(&mut self, stores: &mut Stores, key: &K, value: Option<V>) -> Result<Option<V2>, BoxError> {
        let derived = self.derivation.derive(stores, key, value)?;
        Ok(derived.filter(|value| !self.null_of.as_ref().is_some_and(|serde| serde.is_null(value))))
    }
}

impl<K: Data, V: Data, V2: Data> Processor<K, Change<V>, K, Change<V2>> for Derived<K, V, V2> {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Change<V2>>) -> Result<(), BoxError> {
        self.derivation.init(ctx.stores())?;
        if let Some(store) = &self.store {
            self.writer = Some(TableWriter::open(ctx, store, self.send_old)?);
        }
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, Change<V>>,
        ctx: &mut ProcessorContext<'_, K, Change<V2>>,
    ) -> Result<(), BoxError> {
        let Record { key, value: change, timestamp, headers } = record;
        let new = self.derive(ctx.stores(), &key, change.new)?;
        let old = match (self.send_old, &self.writer) {
            (false, _) => None,
            (true, Some(writer)) => writer.get(ctx, &key)?.map(|old| old.value),
            (true, None) => self.derive(ctx.stores(), &key, change.old)?,
        };
        if self.skips_nothing && new.is_none() && old.is_none() {
            return Ok(());
        }
        let record = Record { key, value: (), timestamp, headers };
        match &self.writer {
            Some(writer) => writer.update(ctx, record, new, old),
            None => {
                let change = Change { new, old, is_latest: change.is_latest };
                Ok(ctx.forward(record.with_value(change))?)
            }
        }
    }

    fn flush_cache(&mut self, ctx: &mut ProcessorContext<'_, K, Change<V2>>) -> Result<(), BoxError> {
        self.writer.as_ref().map_or(Ok(()), |writer| writer.flush(ctx))
    }

    fn close(&mut self) {
        self.derivation.close();
    }
}
