//! Texts do not make a table of numbers.

use streams_dsl::prelude::*;

fn main() {
    let words = StreamsBuilder::new().stream::<String, String>("words");
    words.to_table::<i64>(); // right: words.to_table::<String>();
}

// error[E0277]: values of `String` do not make a table of `i64`
// = note: a stream of `i64` or of `Option<i64>` does: map the values first
