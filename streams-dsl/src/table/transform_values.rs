//! `transform_values`: another value for each entry, by a transformer with state.

use std::fmt;
use std::sync::Arc;

use streams_core::{BoxError, Result, StateStore, StoreRef, Stores};

use super::KTable;
use super::derived::{Derivation, Operator};
use crate::params::{Named, ViewParams};
use crate::{Data, prefixes};

/// Makes values of a table's values, with the help of state stores (KIP-149).
///
/// There is one for the table's node, and one for each node that reads through the table, when the table has no store.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not transform values of `{V}` by keys of `{K}`",
    note = "the closure must return a `ValueTransformer<{K}, {V}, _>`, for that is what the table has"
)]
pub trait ValueTransformer<K, V, V2>: Send {
    /// Called once before the first value: look up stores.
    ///
    /// # Errors
    /// Whatever prevents the task from running.
    fn init(&mut self, _ctx: &mut TransformerContext<'_>) -> Result<(), BoxError> {
        Ok(())
    }

    /// The new value; `None` is a deletion, going in and coming out.
    ///
    /// # Errors
    /// An error goes to the processing exception handler.
    fn transform(
        &mut self,
        key: &K,
        value: Option<V>,
        ctx: &mut TransformerContext<'_>,
    ) -> Result<Option<V2>, BoxError>;

    /// The task is closing.
    fn close(&mut self) {}
}

/// What a [`ValueTransformer`] can do while it runs: reach its stores. It cannot forward.
pub struct TransformerContext<'a> {
    stores: &'a mut Stores,
}

impl TransformerContext<'_> {
    /// A reference to a store, to be made in `init`.
    ///
    /// # Errors
    /// There is no such store in the task, or it is of another type.
    pub fn store_ref<S: StateStore>(&mut self, name: &str) -> Result<StoreRef<S>> {
        self.stores.reference(name)
    }

    /// The store behind a reference.
    ///
    /// # Errors
    /// The reference was made in another task.
    pub fn store<S: StateStore>(&mut self, reference: &StoreRef<S>) -> Result<&mut S> {
        self.stores.get(reference)
    }
}

impl fmt::Debug for TransformerContext<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransformerContext").field("stores", &self.stores).finish()
    }
}

impl<K: Data, V: Data> KTable<K, V> {
    /// Each entry with the value that a transformer makes of its value. `stores` are names of stores that it may use. The
    /// result keeps no versions.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// /// Puts the key before the value.
    /// struct WithKey;
    ///
    /// impl ValueTransformer<String, i64, String> for WithKey {
    ///     fn transform(
    ///         &mut self,
    ///         key: &String,
    ///         value: Option<i64>,
    ///         _ctx: &mut TransformerContext<'_>,
    ///     ) -> Result<Option<String>, BoxError> {
    ///         Ok(value.map(|value| format!("{key}={value}")))
    ///     }
    /// }
    ///
    /// let texts = builder.table::<String, i64>("in").transform_values(|| WithKey, &[]);
    /// texts.to_stream().to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut output = driver.create_output_topic::<String, Option<String>>("out");
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(output.read_value()?.as_deref(), Some("a=1"));
    /// # Ok::<(), Error>(())
    /// ```
    pub fn transform_values<V2: Data, T: ValueTransformer<K, V, V2> + 'static>(
        &self,
        make: impl Fn() -> T + Send + Sync + 'static,
        stores: &[&str],
    ) -> KTable<K, V2> {
        self.transform_values_with(make, stores, Named::none())
    }

    /// As [`KTable::transform_values`], with a name, a store, or both.
    pub fn transform_values_with<V2: Data, T: ValueTransformer<K, V, V2> + 'static>(
        &self,
        make: impl Fn() -> T + Send + Sync + 'static,
        stores: &[&str],
        params: impl ViewParams<K, V2>,
    ) -> KTable<K, V2> {
        let (named, materialized) = params.into_parts();
        self.derived(Operator {
            prefix: prefixes::TABLE_TRANSFORM_VALUES,
            named,
            materialized,
            value_serde: None,
            make: Arc::new(move || Box::new(Transform(make()))),
            skips_nothing: false,
            wants_old_values: false,
            stores: stores.iter().map(|store| (*store).to_owned()).collect(),
        })
    }
}

struct Transform<T>(T);

impl<K, V, V2, T: ValueTransformer<K, V, V2>> Derivation<K, V, V2> for Transform<T> {
    fn init(&mut self, stores: &mut Stores) -> Result<(), BoxError> {
        self.0.init(&mut TransformerContext { stores })
    }

    fn derive(&mut self, stores: &mut Stores, key: &K, value: Option<V>) -> Result<Option<V2>, BoxError> {
        self.0.transform(key, value, &mut TransformerContext { stores })
    }

    fn close(&mut self) {
        self.0.close();
    }
}
