//! A partitioner sees what the stream has.

use streams_dsl::prelude::*;

fn main() {
    let texts = StreamsBuilder::new().stream::<String, String>("texts");
    let by_number = |_: &str, _: &String, number: &i64, count: i32| Partitions::One((*number % i64::from(count)) as i32);
    texts.to_with("out", Produced::new().with_stream_partitioner(by_number)); // right: texts.map_values(|text| text.len() as i64).to_with("out", Produced::new().with_stream_partitioner(by_number));
}

// error[E0308]: mismatched types
// expected `Produced<String, String>`, found `Produced<String, i64>`
