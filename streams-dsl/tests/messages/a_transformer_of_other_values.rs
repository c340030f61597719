//! A transformer takes what the table has.

use streams_dsl::prelude::*;

struct Same;

impl ValueTransformer<String, i64, i64> for Same {
    fn transform(
        &mut self,
        _key: &String,
        value: Option<i64>,
        _ctx: &mut TransformerContext<'_>,
    ) -> Result<Option<i64>, BoxError> {
        Ok(value)
    }
}

fn main() {
    let texts = StreamsBuilder::new().table::<String, String>("texts");
    texts.transform_values(|| Same, &[]); // right: texts.map_values(|text| text.len() as i64).transform_values(|| Same, &[]);
}

// error[E0277]: `Same` does not transform values of `String` by keys of `String`
// = note: the closure must return a `ValueTransformer<String, String, _>`, for that is what the table has
