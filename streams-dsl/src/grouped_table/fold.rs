//! How entries enter and leave a group's aggregate: the one thing in which `count`, `reduce` and `aggregate` differ.

use std::marker::PhantomData;

use streams_core::BoxError;

/// How entries enter and leave a group's aggregate.
pub(super) trait GroupFold<K, V, VA>: Send + Sync + 'static {
    /// The aggregate with one entry more; `None` is that of an empty group.
    fn add(&self, key: &K, value: V, aggregate: Option<VA>) -> Result<VA, BoxError>;

    /// The aggregate with one entry less.
    fn subtract(&self, key: &K, value: V, aggregate: VA) -> Result<VA, BoxError>;
}

pub(super) struct GroupAggregate<I, A, S> {
    pub(super) initializer: I,
    pub(super) adder: A,
    pub(super) subtractor: S,
}

impl<K, V, VA, I, A, S, E> GroupFold<K, V, VA> for GroupAggregate<I, A, S>
where
    I: Fn() -> VA + Send + Sync + 'static,
    A: Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
    S: Fn(&K, V, VA) -> Result<VA, E> + Send + Sync + 'static,
    E: Into<BoxError>,
{
    fn add(&self, key: &K, value: V, aggregate: Option<VA>) -> Result<VA, BoxError> {
        (self.adder)(key, value, aggregate.unwrap_or_else(&self.initializer)).map_err(Into::into)
    }

    fn subtract(&self, key: &K, value: V, aggregate: VA) -> Result<VA, BoxError> {
        (self.subtractor)(key, value, aggregate).map_err(Into::into)
    }
}

pub(super) struct GroupReduce<A, S, E> {
    adder: A,
    subtractor: S,
    error: PhantomData<fn() -> E>,
}

impl<A, S, E> GroupReduce<A, S, E> {
    pub(super) fn new(adder: A, subtractor: S) -> Self {
        Self { adder, subtractor, error: PhantomData }
    }
}

impl<K, V, A, S, E> GroupFold<K, V, V> for GroupReduce<A, S, E>
where
    A: Fn(V, V) -> Result<V, E> + Send + Sync + 'static,
    S: Fn(V, V) -> Result<V, E> + Send + Sync + 'static,
    E: Into<BoxError> + 'static,
{
    fn add(&self, _: &K, value: V, aggregate: Option<V>) -> Result<V, BoxError> {
        match aggregate {
            Some(aggregate) => (self.adder)(aggregate, value).map_err(Into::into),
            None => Ok(value),
        }
    }

    fn subtract(&self, _: &K, value: V, aggregate: V) -> Result<V, BoxError> {
        (self.subtractor)(aggregate, value).map_err(Into::into)
    }
}

pub(super) struct GroupCount;

impl<K, V> GroupFold<K, V, i64> for GroupCount {
    fn add(&self, _: &K, _: V, count: Option<i64>) -> Result<i64, BoxError> {
        Ok(count.unwrap_or(0).wrapping_add(1))
    }

    fn subtract(&self, _: &K, _: V, count: i64) -> Result<i64, BoxError> {
        Ok(count.wrapping_sub(1))
    }
}
