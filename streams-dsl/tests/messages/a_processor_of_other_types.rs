//! A processor takes what the stream has.

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
    let texts = StreamsBuilder::new().stream::<String, String>("texts");
    texts.process(|| Pass, &[]); // right: texts.map_values(|text| text.len() as i64).process(|| Pass, &[]);
}

// error[E0277]: `Pass` does not process records of `String` and `String`
// = note: it must be a `Processor<String, String, _, _>`, for that is what comes in: change the processor, or map the stream first
