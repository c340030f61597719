//! A topic that is computed is a text.

use streams_dsl::prelude::*;

fn main() {
    let texts = StreamsBuilder::new().stream::<String, String>("texts");
    texts.to_computed(5); // right: texts.to_computed(|record: &Record<String, String>, _: &RecordContext| record.key.clone());
}

// error[E0277]: `{integer}` does not name topics for records of `String` and `String`
// = note: give a closure `|record: &Record<String, String>, context: &RecordContext| -> String`, or implement `TopicNameExtractor<String, String>`
