//! `select_key`: another key for each record.

use streams_core::BoxError;

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Each record with the key that `f` finds for it. Whatever needs the key afterwards repartitions.
    pub fn select_key<K2: Data>(&self, f: impl Fn(&K, &V) -> K2 + Send + Sync + 'static) -> KStream<K2, V> {
        self.select_key_with(f, Named::none())
    }

    /// As [`KStream::select_key`], with a name.
    pub fn select_key_with<K2: Data>(
        &self,
        f: impl Fn(&K, &V) -> K2 + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K2, V> {
        self.try_select_key_with::<_, BoxError>(move |key, value| Ok(f(key, value)), named)
    }

    /// As [`KStream::select_key`], with a function that may fail.
    pub fn try_select_key<K2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, &V) -> Result<K2, E> + Send + Sync + 'static,
    ) -> KStream<K2, V> {
        self.try_select_key_with(f, Named::none())
    }

    /// As [`KStream::try_select_key`], with a name.
    pub fn try_select_key_with<K2: Data, E: Into<BoxError>>(
        &self,
        f: impl Fn(&K, &V) -> Result<K2, E> + Send + Sync + 'static,
        named: Named,
    ) -> KStream<K2, V> {
        let name = self.graph.name(&named, prefixes::KEY_SELECT);
        let selected = self.stateless(name, Changes::Key, move |record, ctx| {
            let key = f(&record.key, &record.value).map_err(Into::into)?;
            Ok(ctx.forward(record.with_key(key))?)
        });
        KStream { repartition_required: true, value_serde: self.value_serde.clone(), ..selected }
    }
}
