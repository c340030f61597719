//! `filter`, `filter_not`: records that a predicate (does not) hold for.

use streams_core::BoxError;

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// The records that `predicate` holds for.
    pub fn filter(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> Self {
        self.filter_with(predicate, Named::none())
    }

    /// As [`KStream::filter`], with a name.
    pub fn filter_with(
        &self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        named: Named,
    ) -> Self {
        self.try_filter_with::<BoxError>(move |key, value| Ok(predicate(key, value)), named)
    }

    /// The records that `predicate` does not hold for.
    pub fn filter_not(&self, predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static) -> Self {
        self.filter_not_with(predicate, Named::none())
    }

    /// As [`KStream::filter_not`], with a name.
    pub fn filter_not_with(
        &self,
        predicate: impl Fn(&K, &V) -> bool + Send + Sync + 'static,
        named: Named,
    ) -> Self {
        self.filter_with(move |key, value| !predicate(key, value), named)
    }

    /// As [`KStream::filter`], with a predicate that may fail.
    pub fn try_filter<E: Into<BoxError>>(
        &self,
        predicate: impl Fn(&K, &V) -> Result<bool, E> + Send + Sync + 'static,
    ) -> Self {
        self.try_filter_with(predicate, Named::none())
    }

    /// As [`KStream::try_filter`], with a name.
    pub fn try_filter_with<E: Into<BoxError>>(
        &self,
        predicate: impl Fn(&K, &V) -> Result<bool, E> + Send + Sync + 'static,
        named: Named,
    ) -> Self {
        let name = self.graph.name(&named, prefixes::FILTER);
        let filtered = self.stateless(name, Changes::Nothing, move |record, ctx| {
            if predicate(&record.key, &record.value).map_err(Into::into)? {
                ctx.forward(record)?;
            }
            Ok(())
        });
        Self { key_serde: self.key_serde.clone(), value_serde: self.value_serde.clone(), ..filtered }
    }
}
