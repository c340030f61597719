//! Joins, one kind per directory.

mod foreign_key;
mod repartition;
mod skipped;
mod stream_stream;
mod stream_table;
mod table_table;

use streams_core::BoxError;

/// What a joiner makes of two sides; nothing where the kind of join has no result.
type JoinResult<O> = Result<Option<O>, BoxError>;

/// Makes a value of two sides, either of which may be missing.
trait Joiner<K, L, R>:
    Fn(&K, Option<&L>, Option<&R>) -> JoinResult<<Self as Joiner<K, L, R>>::Joined> + Send + Sync + 'static
{
    /// What it makes.
    type Joined;
}

impl<K, L, R, O, F> Joiner<K, L, R> for F
where
    F: Fn(&K, Option<&L>, Option<&R>) -> JoinResult<O> + Send + Sync + 'static,
{
    type Joined = O;
}

/// The joiner of an inner join.
fn inner<K, L, R, O, E: Into<BoxError>>(
    joiner: impl Fn(&K, &L, &R) -> Result<O, E>,
) -> impl Fn(&K, Option<&L>, Option<&R>) -> JoinResult<O> {
    move |key: &K, left: Option<&L>, right: Option<&R>| match (left, right) {
        (Some(left), Some(right)) => joiner(key, left, right).map(Some).map_err(Into::into),
        _ => Ok(None),
    }
}

/// The joiner of a left join.
fn left<K, L, R, O, E: Into<BoxError>>(
    joiner: impl Fn(&K, &L, Option<&R>) -> Result<O, E>,
) -> impl Fn(&K, Option<&L>, Option<&R>) -> JoinResult<O> {
    move |key: &K, left: Option<&L>, right: Option<&R>| match left {
        Some(left) => joiner(key, left, right).map(Some).map_err(Into::into),
        None => Ok(None),
    }
}

/// The joiner of an outer join.
fn outer<K, L, R, O, E: Into<BoxError>>(
    joiner: impl Fn(&K, Option<&L>, Option<&R>) -> Result<O, E>,
) -> impl Fn(&K, Option<&L>, Option<&R>) -> JoinResult<O> {
    move |key: &K, left: Option<&L>, right: Option<&R>| match (left, right) {
        (None, None) => Ok(None),
        _ => joiner(key, left, right).map(Some).map_err(Into::into),
    }
}
