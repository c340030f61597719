//! Streams of different types cannot be merged.

use streams_dsl::prelude::*;

fn main() {
    let builder = StreamsBuilder::new();
    let numbers = builder.stream::<String, i64>("numbers");
    let texts = builder.stream::<String, String>("texts");
    numbers.merge(&texts); // right: numbers.merge(&texts.map_values(|text| text.len() as i64));
}

// error[E0308]: mismatched types
// expected `&KStream<String, i64>`, found `&KStream<String, String>`
