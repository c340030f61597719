//! Where a table begins: the updates that a topic or a stream brings.

use std::marker::PhantomData;
use std::rc::Rc;
use std::sync::Arc;

use streams_core::{BoxError, OptionSerde, Processor, ProcessorContext, Record, Result, Serde};

use super::Change;
use super::getter::{GetterSupplier, StoreGetter};
use super::view::{Flag, TableView};
use crate::Data;
use crate::graph::{Lowering, NodeAt};
use crate::store::{StoreSpec, TableWriter};

/// What a stream's value means for a table of `T`: a new value, or a deletion.
///
/// A stream of `T` makes a table of `T`; a stream of `Option<T>` does too, and `None` deletes.
#[diagnostic::on_unimplemented(
    message = "values of `{Self}` do not make a table of `{T}`",
    note = "a stream of `{T}` or of `Option<{T}>` does: map the values first"
)]
pub trait IntoUpdate<T>: Sized {
    /// The new value; `None` deletes.
    fn into_update(self) -> Option<T>;

    /// The serde of the stream's values, given that of the table's.
    fn serde_of(table: &Serde<T>) -> Serde<Self>;
}

impl<T: 'static> IntoUpdate<T> for T {
    fn into_update(self) -> Option<T> {
        Some(self)
    }

    fn serde_of(table: &Serde<T>) -> Serde<Self> {
        table.clone()
    }
}

impl<T: 'static> IntoUpdate<T> for Option<T> {
    fn into_update(self) -> Option<T> {
        self
    }

    fn serde_of(table: &Serde<T>) -> Serde<Self> {
        Serde::new(OptionSerde::new(table.clone()))
    }
}

/// A table that begins here. It gets its store only when somebody needs one; as in Kafka, a name that was made up for the
/// store counts as such even if nobody does.
pub(crate) struct TableSource<K, V> {
    pub(crate) spec: Rc<StoreSpec<K, V>>,
    pub(crate) materialized: Flag,
    pub(crate) send_old: Flag,
}

impl<K: Data, V: Data> TableSource<K, V> {
    pub(crate) fn new(spec: StoreSpec<K, V>) -> Self {
        let materialized = Flag::default();
        if spec.queryable {
            materialized.set();
        }
        Self { spec: Rc::new(spec), materialized, send_old: Flag::default() }
    }

    /// See [`StoreSpec::note_generated`].
    pub(crate) fn note_generated(&self, to: &mut Lowering<'_>) {
        self.spec.note_generated(to, self.spec.options.logging);
    }
}

impl<K, V> Clone for TableSource<K, V> {
    fn clone(&self) -> Self {
        Self {
            spec: Rc::clone(&self.spec),
            materialized: self.materialized.clone(),
            send_old: self.send_old.clone(),
        }
    }
}

impl<K: Data, V: Data> TableView<K, V> for TableSource<K, V> {
    fn send_old_values(&self, force: bool) -> bool {
        if !force && !self.materialized.get() {
            return false;
        }
        self.send_old.set();
        self.materialized.set();
        true
    }

    fn getter(&self) -> Arc<dyn GetterSupplier<K, V>> {
        self.materialized.set();
        Arc::new(StoreGetter::new(&self.spec.name))
    }

    fn history_retention_ms(&self) -> Option<i64> {
        self.spec.history_retention_ms()
    }
}

/// Writes the processor of a table source, and its store. With `source_topic`, the store restores from that topic and has
/// no changelog of its own.
pub(crate) fn add_table_processor<K: Data, V: Data, V0: Data + IntoUpdate<V>>(
    source: &TableSource<K, V>,
    to: &mut Lowering<'_>,
    at: &NodeAt,
    parents: Vec<Arc<str>>,
    source_topic: Option<&Arc<str>>,
) -> Result<()> {
    let spec = &source.spec;
    let (key_serde, value_serde) = spec.serdes()?;
    let store = source.materialized.get().then(|| Arc::clone(&spec.name));
    let send_old = source.send_old.get();
    let make = move || TableProcessor::<K, V, V0> {
        key_serde: key_serde.clone(),
        value_serde: value_serde.clone(),
        store: store.clone(),
        send_old,
        writer: None,
        input: PhantomData,
    };
    to.topology.add_processor::<K, V0, K, Change<V>>(Arc::clone(&at.name), make, parents)?;
    if !source.materialized.get() {
        return Ok(());
    }
    let Some(topic) = source_topic else { return spec.add_key_value(to, &at.name) };
    let builder = spec.key_value_builder(spec.form(to), false)?;
    spec.add(to, builder, &at.name)?;
    to.topology.connect_store_to_source_topic(&spec.name, Arc::clone(topic))?;
    Ok(())
}

/// Puts updates into the store, if there is one, and forwards them.
struct TableProcessor<K, V, V0> {
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    store: Option<Arc<str>>,
    send_old: bool,
    writer: Option<TableWriter<K, V>>,
    input: PhantomData<fn(V0)>,
}

impl<K: Data, V: Data, V0: Data + IntoUpdate<V>> Processor<K, V0, K, Change<V>> for TableProcessor<K, V, V0> {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Change<V>>) -> Result<(), BoxError> {
        if let Some(store) = &self.store {
            self.writer = Some(TableWriter::open(ctx, store, self.send_old)?);
        }
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, V0>,
        ctx: &mut ProcessorContext<'_, K, Change<V>>,
    ) -> Result<(), BoxError> {
        if self.key_serde.is_null(&record.key) {
            tracing::warn!(node = ctx.node_name(), "record dropped: a table takes no null key");
            ctx.record_dropped();
            return Ok(());
        }
        let Record { key, value, timestamp, headers } = record;
        let new = value.into_update().filter(|value| !self.value_serde.is_null(value));
        let record = Record { key, value: (), timestamp, headers };
        let Some(writer) = &self.writer else {
            return Ok(ctx.forward(record.with_value(Change::new(new, None)))?);
        };
        let old = if writer.sends_old() { writer.get(ctx, &record.key)?.map(|old| old.value) } else { None };
        writer.update(ctx, record, new, old)
    }

    fn flush_cache(&mut self, ctx: &mut ProcessorContext<'_, K, Change<V>>) -> Result<(), BoxError> {
        self.writer.as_ref().map_or(Ok(()), |writer| writer.flush(ctx))
    }
}
