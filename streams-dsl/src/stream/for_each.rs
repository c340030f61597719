//! `for_each`: the end of a stream in user code.

use streams_core::BoxError;

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Hands each record to `f`, where it ends. After a failure a record may be handed over again.
    pub fn for_each(&self, f: impl Fn(K, V) + Send + Sync + 'static) {
        self.for_each_with(f, Named::none());
    }

    /// As [`KStream::for_each`], with a name.
    pub fn for_each_with(&self, f: impl Fn(K, V) + Send + Sync + 'static, named: Named) {
        self.try_for_each_with::<BoxError>(
            move |key, value| {
                f(key, value);
                Ok(())
            },
            named,
        );
    }

    /// As [`KStream::for_each`], with a function that may fail.
    pub fn try_for_each<E: Into<BoxError>>(&self, f: impl Fn(K, V) -> Result<(), E> + Send + Sync + 'static) {
        self.try_for_each_with(f, Named::none());
    }

    /// As [`KStream::try_for_each`], with a name.
    pub fn try_for_each_with<E: Into<BoxError>>(
        &self,
        f: impl Fn(K, V) -> Result<(), E> + Send + Sync + 'static,
        named: Named,
    ) {
        let name = self.graph.name(&named, prefixes::FOR_EACH);
        let _end: KStream<(), ()> = self.stateless(name, Changes::Nothing, move |record, _| {
            f(record.key, record.value).map_err(Into::into)
        });
    }
}
