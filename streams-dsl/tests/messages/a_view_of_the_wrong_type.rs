//! The store of a view holds what the view has.

use streams_dsl::prelude::*;

fn main() {
    let texts = StreamsBuilder::new().table::<String, String>("texts");
    texts.map_values_with(|text| text.len() as i64, Materialized::<String, String>::as_("lengths")); // right: texts.map_values_with(|text| text.len() as i64, Materialized::<String, i64>::as_("lengths"));
}

// error[E0308]: mismatched types
// expected `String`, found `i64`
