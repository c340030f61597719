//! A processor's hold on one of its stores.

use std::sync::Arc;

use streams_core::{Error, ProcessorContext, Result, StateStore, StoreRef};

/// A store by name, looked up once in `init`.
pub(crate) struct StoreLink<S> {
    name: Arc<str>,
    reference: Option<StoreRef<S>>,
}

impl<S: StateStore> StoreLink<S> {
    pub(crate) fn new(name: &Arc<str>) -> Self {
        Self { name: Arc::clone(name), reference: None }
    }

    /// Looks the store up: to be called in `init`.
    pub(crate) fn connect<K, V>(&mut self, ctx: &mut ProcessorContext<'_, K, V>) -> Result<()> {
        self.reference = Some(ctx.store_ref(&self.name)?);
        Ok(())
    }

    /// The store.
    pub(crate) fn get<'c, K, V>(&self, ctx: &'c mut ProcessorContext<'_, K, V>) -> Result<&'c mut S> {
        match &self.reference {
            Some(reference) => ctx.store(reference),
            None => Err(Error::bug(format!("state store `{}` was used before `init`", self.name))),
        }
    }
}
