//! The store of a count holds numbers.

use streams_dsl::prelude::*;

fn main() {
    let builder = StreamsBuilder::new();
    let words = builder.stream::<String, String>("words").group_by_key();
    words.count_with(Materialized::<String, String>::as_("counts")); // right: words.count_with(Materialized::<String, i64>::as_("counts"));
}

// Materialized<String, String>` does not describe a table of `i64` by `String`
// = note: give a `Named`, a `Materialized<String, i64>`, or a tuple of both
