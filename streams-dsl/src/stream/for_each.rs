//! `for_each`: the end of a stream in user code.

use streams_core::BoxError;

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Named, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Hands each record to `f`, where it ends. After a failure a record may be handed over again.
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicI64, Ordering};
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let sum = Arc::new(AtomicI64::new(0));
    /// let total = Arc::clone(&sum);
    /// builder.stream::<String, i64>("in").for_each(move |_, n| {
    ///     total.fetch_add(n, Ordering::Relaxed);
    /// });
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input("a", 1)?;
    /// input.pipe_input("b", 2)?;
    /// assert_eq!(sum.load(Ordering::Relaxed), 3);
    /// # Ok::<(), Error>(())
    /// ```
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
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let check = |_: String, n: i64| if n < 0 { Err("a negative amount") } else { Ok(()) };
    /// builder.stream::<String, i64>("in").try_for_each(check);
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input("a", 1)?;
    /// let error = input.pipe_input("a", -1).unwrap_err();
    /// assert!(error.to_string().contains("a negative amount"));
    /// # Ok::<(), Error>(())
    /// ```
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
