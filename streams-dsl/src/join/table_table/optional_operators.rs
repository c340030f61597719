//! `filter_join`, `filter_left_join`, `filter_outer_join` of two tables: joins whose joiner may find that there is no
//! result.

use super::kind::TableJoinKind;
use crate::params::{Named, ViewParams};
use crate::{Data, KTable};

impl<K: Data, L: Data> KTable<K, L> {
    /// As [`KTable::join`], with a joiner that may find that there is no result: the entry is then deleted.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stock = builder.table::<String, i64>("stock");
    /// let ordered = builder.table::<String, i64>("ordered");
    /// // Only what is short.
    /// stock.filter_join(&ordered, |stock, ordered| (ordered > stock).then(|| ordered - stock)).to_stream().to("short");
    /// # builder.build()?;
    /// # Ok::<(), Error>(())
    /// ```
    pub fn filter_join<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, &R) -> Option<O> + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.filter_join_with(other, joiner, Named::none())
    }

    /// As [`KTable::filter_join`], with a name, a store, or both.
    pub fn filter_join_with<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, &R) -> Option<O> + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        let joiner = move |_: &K, left: Option<&L>, right: Option<&R>| {
            Ok(left.zip(right).and_then(|(left, right)| joiner(left, right)))
        };
        self.join_tables(other, joiner, TableJoinKind::Inner, params)
    }

    /// As [`KTable::left_join`], with a joiner that may find that there is no result: the entry is then deleted.
    pub fn filter_left_join<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, Option<&R>) -> Option<O> + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.filter_left_join_with(other, joiner, Named::none())
    }

    /// As [`KTable::filter_left_join`], with a name, a store, or both.
    pub fn filter_left_join_with<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(&L, Option<&R>) -> Option<O> + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        let joiner =
            move |_: &K, left: Option<&L>, right: Option<&R>| Ok(left.and_then(|left| joiner(left, right)));
        self.join_tables(other, joiner, TableJoinKind::Left, params)
    }

    /// As [`KTable::outer_join`], with a joiner that may find that there is no result: the entry is then deleted.
    pub fn filter_outer_join<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(Option<&L>, Option<&R>) -> Option<O> + Send + Sync + 'static,
    ) -> KTable<K, O> {
        self.filter_outer_join_with(other, joiner, Named::none())
    }

    /// As [`KTable::filter_outer_join`], with a name, a store, or both.
    pub fn filter_outer_join_with<R: Data, O: Data>(
        &self,
        other: &KTable<K, R>,
        joiner: impl Fn(Option<&L>, Option<&R>) -> Option<O> + Send + Sync + 'static,
        params: impl ViewParams<K, O>,
    ) -> KTable<K, O> {
        let joiner = move |_: &K, left: Option<&L>, right: Option<&R>| {
            Ok(if left.is_none() && right.is_none() { None } else { joiner(left, right) })
        };
        self.join_tables(other, joiner, TableJoinKind::Outer, params)
    }
}
