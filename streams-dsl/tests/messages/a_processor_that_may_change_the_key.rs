//! `process_values` takes only processors that keep the key.

use streams_dsl::prelude::*;

struct Pass;

impl Processor<String, i64, String, i64> for Pass {
    fn process(
        &mut self,
        record: Record<String, i64>,
        ctx: &mut ProcessorContext<'_, String, i64>,
    ) -> Result<(), BoxError> {
        Ok(ctx.forward(record)?)
    }
}

fn main() {
    let numbers = StreamsBuilder::new().stream::<String, i64>("numbers");
    numbers.process_values(|| Pass, &[]); // right: numbers.process(|| Pass, &[]);
}

// error[E0277]: `Pass` does not process values of `i64` by keys of `String`
// = note: it must be a `FixedKeyProcessor<String, i64, _>`, for that is what comes in; a `Processor`, which may change the key, belongs into `process`
