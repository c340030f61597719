//! Records meet by key: joined streams have the same type of keys.

use streams_dsl::prelude::*;

fn main() {
    let builder = StreamsBuilder::new();
    let names = builder.table::<i64, String>("names");
    let clicks = builder.stream::<String, String>("clicks");
    clicks.join_table(&names, |page, name| format!("{name}: {page}")); // right: clicks.map(|_, page| (page.len() as i64, page)).join_table(&names, |page, name| format!("{name}: {page}"));
}

// error[E0308]: mismatched types
// expected `&KTable<String, _>`, found `&KTable<i64, String>`
