//! What an aggregation does with each value: the one thing in which `count`, `reduce` and `aggregate` differ.

use std::marker::PhantomData;

use streams_core::BoxError;

/// How a value changes an aggregate.
pub(crate) trait Fold<K, V, VA>: Send + Sync + 'static {
    /// What the first value of a key finds; also what its update claims to replace (feature D30).
    fn start(&self) -> Result<Option<VA>, BoxError>;

    /// The new aggregate.
    fn fold(&self, key: &K, value: V, aggregate: Option<VA>) -> Result<VA, BoxError>;
}

/// `aggregate`: an initializer and an aggregator.
pub(crate) struct Aggregate<I, A> {
    pub(crate) initializer: I,
    pub(crate) aggregator: A,
}

impl<K, V, VA, I, A, E> Fold<K, V, VA> for Aggregate<I, A>
where
    I: Fn() -> VA + Send + Sync + 'static,
    A: Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
    E: Into<BoxError>,
{
    fn start(&self) -> Result<Option<VA>, BoxError> {
        Ok(Some((self.initializer)()))
    }

    fn fold(&self, key: &K, value: V, aggregate: Option<VA>) -> Result<VA, BoxError> {
        let aggregate = aggregate.unwrap_or_else(&self.initializer);
        (self.aggregator)(key, value, aggregate).map_err(Into::into)
    }
}

/// `reduce`: the first value stays as it is.
pub(crate) struct Reduce<R, E> {
    reducer: R,
    error: PhantomData<fn() -> E>,
}

impl<R, E> Reduce<R, E> {
    pub(crate) fn new(reducer: R) -> Self {
        Self { reducer, error: PhantomData }
    }
}

impl<K, V, R, E> Fold<K, V, V> for Reduce<R, E>
where
    R: Fn(V, V) -> Result<V, E> + Send + Sync + 'static,
    E: Into<BoxError> + 'static,
{
    fn start(&self) -> Result<Option<V>, BoxError> {
        Ok(None)
    }

    fn fold(&self, _: &K, value: V, aggregate: Option<V>) -> Result<V, BoxError> {
        match aggregate {
            Some(aggregate) => (self.reducer)(aggregate, value).map_err(Into::into),
            None => Ok(value),
        }
    }
}

/// `count`.
pub(crate) struct Counting;

impl<K, V> Fold<K, V, i64> for Counting {
    fn start(&self) -> Result<Option<i64>, BoxError> {
        Ok(Some(0))
    }

    fn fold(&self, _: &K, _: V, count: Option<i64>) -> Result<i64, BoxError> {
        Ok(count.unwrap_or(0).wrapping_add(1))
    }
}
