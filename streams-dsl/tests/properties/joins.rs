//! Joins of two topics.

use streams_dsl::prelude::*;

use crate::{Case, millis, stream, updates};

pub(crate) const CASES: &[Case] = &[
    Case::records("streams, inner", |builder| {
        let (left, right) = streams(builder);
        left.join(&right, |l, r| pair(Some(l), Some(r)), windows()).to("out");
    }),
    Case::records("streams, left", |builder| {
        let (left, right) = streams(builder);
        left.left_join(&right, |l, r| pair(Some(l), r), windows()).to("out");
    }),
    Case::records("streams, outer", |builder| {
        let (left, right) = streams(builder);
        left.outer_join(&right, pair, windows().before(millis(3))).to("out");
    }),
    Case::records("a stream with itself", |builder| {
        let left = stream(builder, "left");
        left.join(&left, |l, r| pair(Some(l), Some(r)), windows()).to("out");
    }),
    Case::records("stream and table", |builder| {
        let table = builder.table::<String, i64>("right");
        stream(builder, "left").join_table(&table, |l, r| pair(Some(l), Some(r))).to("out");
    }),
    Case::records("stream and view of a table, left", |builder| {
        let table = builder.table::<String, i64>("right").filter(|_, n| n % 2 == 0);
        stream(builder, "left").left_join_table(&table, |l, r| pair(Some(l), r)).to("out");
    }),
    Case::records("stream and counts, left", |builder| {
        let table = stream(builder, "right").group_by_key().count();
        stream(builder, "left").left_join_table(&table, |l, r| pair(Some(l), r)).to("out");
    }),
    Case::records("stream and joined tables", |builder| {
        let right = builder.table::<String, i64>("right");
        let joined = right.left_join(&right.filter(|_, n| n % 2 == 0), |l, r| pair(Some(l), r));
        stream(builder, "left").join_table(&joined, |l, r| pair(Some(l), Some(r))).to("out");
    }),
    Case::records("stream and versions, with grace", |builder| {
        let supplier = VersionedKeyValueStoreSupplier::persistent("versions", millis(40));
        let versions = Materialized::as_("versions").with_supplier(supplier);
        let table = builder.table_with::<String, i64>("right", Consumed::new(), versions);
        let grace = Joined::new().with_grace_period(millis(10));
        stream(builder, "left").join_table_with(&table, |l, r| pair(Some(l), Some(r)), grace).to("out");
    }),
    Case::records("stream and global table", |builder| {
        let table = builder.global_table::<String, i64>("right");
        let key = |_: &String, n: &i64| key_of(*n);
        stream(builder, "left").left_join_global_table(&table, key, |l, r| pair(Some(l), r)).to("out");
    }),
    Case::table("tables, inner", |builder| {
        let (left, right) = (builder.table("left"), kept(builder));
        updates(&left.join(&right, |l, r| pair(Some(l), Some(r))));
    }),
    Case::table("tables, left, stored", |builder| {
        let (left, right) = tables(builder);
        updates(&left.left_join_with(&right, |l, r| pair(Some(l), r), Materialized::as_("joined")));
    }),
    Case::table("tables, outer, of views", |builder| {
        let (left, right) = tables(builder);
        let (left, right) = (left.filter(|_, n| n % 2 == 0), right.map_values(|n| n + 1));
        updates(&left.outer_join(&right, pair));
    }),
    Case::table("tables, twice", |builder| {
        let (left, right) = (builder.table("left"), kept(builder));
        let joined = left.join(&right, |l, r| pair(Some(l), Some(r)));
        updates(&joined.left_join(&right, |l, r| pair(Some(l), r)));
    }),
    Case::table("counts and counts", |builder| {
        let (left, right) = streams(builder);
        let (left, right) = (left.group_by_key().count(), right.group_by_key().count());
        updates(&left.outer_join(&right, pair));
    }),
    Case::table("foreign keys", |builder| {
        let (left, right) = tables(builder);
        updates(&left.join_foreign_key(&right, foreign_key, |l, r| pair(Some(l), Some(r))));
    }),
    Case::table("foreign keys, left", |builder| {
        let (left, right) = tables(builder);
        updates(&left.left_join_foreign_key(&right, foreign_key, |l, r| pair(Some(l), r)));
    }),
    Case::table("foreign keys and counts", |builder| {
        let left = builder.table::<String, i64>("left");
        let counts = stream(builder, "right").group_by_key().count();
        let joined = left.join_foreign_key(&counts, foreign_key, |l, r| pair(Some(l), Some(r)));
        updates(&joined.filter(|_, n| n % 3 != 0));
    }),
];

fn streams(builder: &StreamsBuilder) -> (KStream<String, i64>, KStream<String, i64>) {
    (stream(builder, "left"), stream(builder, "right"))
}

fn tables(builder: &StreamsBuilder) -> (KTable<String, i64>, KTable<String, i64>) {
    (builder.table("left"), builder.table("right"))
}

/// A table without deletions: as in Kafka, an inner join says nothing if the cache holds deletions of both sides.
fn kept(builder: &StreamsBuilder) -> KTable<String, i64> {
    stream(builder, "right").to_table()
}

fn windows() -> JoinWindows {
    JoinWindows::of_time_difference_and_grace(millis(8), millis(10))
}

/// Tells what was joined with what, and what with nothing.
fn pair(left: Option<&i64>, right: Option<&i64>) -> i64 {
    left.unwrap_or(&99) * 1_000 + right.unwrap_or(&99)
}

fn key_of(n: i64) -> String {
    ["a", "b", "c", "nobody"][n as usize % 4].to_owned()
}

/// Nobody's is none at all.
fn foreign_key(n: &i64) -> Option<String> {
    Some(key_of(*n)).filter(|key| key != "nobody")
}
