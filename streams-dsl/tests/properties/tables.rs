//! Tables, grouping, aggregation, cogroups and suppression by key.

use streams_dsl::prelude::*;

use crate::{Case, millis, stream, updates};

pub(crate) const CASES: &[Case] = &[
    Case::table("view", |builder| updates(&builder.table::<String, i64>("left").filter(|_, n| n % 2 == 0))),
    Case::table("stored view", |builder| {
        let table =
            builder.table::<String, i64>("left").map_values_with(|n| n + 1, Materialized::as_("next"));
        updates(&table.filter(|_, n| n % 3 != 0));
    }),
    Case::table("transformer", |builder| {
        updates(&builder.table::<String, i64>("left").transform_values(|| Squares, &[]));
    }),
    Case::table("to_table", |builder| {
        let by_parity = builder.stream::<String, Option<i64>>("left").select_key(|_, n| parity(n.as_ref()));
        updates(&by_parity.to_table::<i64>());
    }),
    Case::table("count", |builder| updates(&stream(builder, "left").group_by_key().count())),
    Case::table("count of both", |builder| {
        updates(&stream(builder, "left").merge(&stream(builder, "right")).group_by_key().count());
    }),
    Case::table("reduce by another key", |builder| {
        let groups = stream(builder, "left").group_by(|_, n| parity(Some(n)));
        updates(&groups.reduce(|sum, n| sum + n));
    }),
    Case::table("aggregate in the order of records", |builder| {
        updates(&stream(builder, "left").group_by_key().aggregate(|| 0, |_, n, all| all * 7 % 10_007 + n));
    }),
    Case::table("sums of groups of a table", |builder| {
        let groups = builder.table::<String, i64>("left").group_by(|_, n| (parity(Some(&n)), n));
        updates(&that_are_there(&groups.reduce(|sum, n| sum + n, |sum, n| sum - n)));
    }),
    Case::table("counts of groups of counts", |builder| {
        let counts = stream(builder, "left").group_by_key().count();
        let groups = counts.group_by(|_, count| (format!("{count} times"), count));
        updates(&that_are_there(&groups.count()));
    }),
    Case::table("cogroup", |builder| {
        let (left, right) = (stream(builder, "left"), stream(builder, "right").group_by_key());
        let cogrouped = left.group_by_key().cogroup(|_, n, sum| sum * 2 % 10_007 + n);
        updates(&cogrouped.cogroup(&right, |_, n, sum| sum * 3 % 10_007 + n).aggregate(|| 1));
    }),
    Case::table("cogroup by other keys", |builder| {
        let left = stream(builder, "left").group_by(|_, n| parity(Some(n)));
        let right = stream(builder, "right").group_by_with(|_, n| parity(Some(n)), Grouped::as_("right"));
        updates(&left.cogroup(|_, n, sum| sum + n).cogroup(&right, |_, n, sum| sum - n).aggregate(|| 0));
    }),
    Case::table("suppressed for a time", |builder| {
        let limit = Suppressed::until_time_limit(millis(20), BufferConfig::max_bytes(1 << 20));
        updates(&builder.table::<String, i64>("left").suppress(limit));
    }),
    Case::table("suppressed until there are two", |builder| {
        let limit = Suppressed::until_time_limit(millis(2_000), BufferConfig::max_records(2));
        updates(&stream(builder, "left").group_by_key().count().suppress(limit));
    }),
];

/// Without groups of nothing: one that came and went between two commits has never been, or has a sum of 0.
fn that_are_there(sums: &KTable<String, i64>) -> KTable<String, i64> {
    sums.filter(|_, sum| *sum != 0)
}

fn parity(n: Option<&i64>) -> String {
    match n {
        Some(n) if n % 2 == 0 => "even",
        Some(_) => "odd",
        None => "none",
    }
    .to_owned()
}

struct Squares;

impl ValueTransformer<String, i64, i64> for Squares {
    fn transform(
        &mut self,
        _key: &String,
        value: Option<i64>,
        _ctx: &mut TransformerContext<'_>,
    ) -> Result<Option<i64>, BoxError> {
        Ok(value.map(|n| n * n))
    }
}
