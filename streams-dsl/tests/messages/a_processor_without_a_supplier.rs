//! An operator wants what makes processors, for each task has its own.

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
    numbers.process(Pass, &[]); // right: numbers.process(|| Pass, &[]);
}

// error[E0277]: `Pass` makes no processors of records of `String` and `i64`
// = note: give a closure that returns a new processor for each task, `|| MyProcessor::new()`, or implement `ProcessorSupplier`
// = note: the processor must be a `Processor<String, i64, _, _>`, for that is what comes in
