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
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let stock = builder.table::<String, i64>("stock");
    /// let ordered = builder.table::<String, i64>("ordered");
    /// // Only what is short.
    /// stock.filter_join(&ordered, |stock, ordered| (ordered > stock).then(|| ordered - stock)).to_stream().to("short");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut stock = driver.create_input_topic::<String, i64>("stock");
    /// stock.pipe_input("tea", 5)?;
    /// driver.create_input_topic::<String, i64>("ordered").pipe_input("tea", 8)?;
    /// stock.pipe_input("tea", 10)?;
    /// let short = driver.create_output_topic::<String, Option<i64>>("short").read_values_to_list()?;
    /// assert_eq!(short, [Some(3), None]);
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
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let members = builder.table::<String, String>("members");
    /// let banned = builder.table::<String, String>("banned");
    /// members.filter_left_join(&banned, |name, ban| ban.is_none().then(|| name.clone())).to_stream().to("welcome");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, String>("members").pipe_input("u1", "Anna")?;
    /// driver.create_input_topic::<String, String>("banned").pipe_input("u1", "spam")?;
    /// let welcome = driver.create_output_topic::<String, Option<String>>("welcome").read_values_to_list()?;
    /// assert_eq!(welcome, [Some("Anna".to_owned()), None]);
    /// # Ok::<(), Error>(())
    /// ```
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
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let here = builder.table::<String, i64>("here");
    /// let there = builder.table::<String, i64>("there");
    /// // What the two do not agree about.
    /// here.filter_outer_join(&there, |here, there| (here != there).then(|| format!("{here:?} {there:?}")))
    ///     .to_stream()
    ///     .to("differences");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, i64>("here").pipe_input("a", 1)?;
    /// driver.create_input_topic::<String, i64>("there").pipe_input("a", 1)?;
    /// let mut differences = driver.create_output_topic::<String, Option<String>>("differences");
    /// assert_eq!(differences.read_values_to_list()?, [Some("Some(1) None".to_owned()), None]);
    /// # Ok::<(), Error>(())
    /// ```
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
