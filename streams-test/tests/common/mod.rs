//! Processors that the tests share.
#![allow(dead_code, reason = "each test file uses some of them")]

use std::time::Duration;

use streams_core::{
    BoxError, KeyValueStore, Processor, ProcessorContext, PunctuationId, PunctuationType, Record, StoreRef,
};

pub(crate) type Text = Record<String, String>;
pub(crate) type TextContext<'a> = ProcessorContext<'a, String, String>;

/// A processor made of a closure.
pub(crate) struct Each<F>(pub F);

impl<F> Processor<String, String, String, String> for Each<F>
where
    F: FnMut(Text, &mut TextContext<'_>) -> Result<(), BoxError> + Send,
{
    fn process(&mut self, record: Text, ctx: &mut TextContext<'_>) -> Result<(), BoxError> {
        (self.0)(record, ctx)
    }
}

/// Counts per key in the store `counts` and forwards the count.
#[derive(Default)]
pub(crate) struct Count {
    counts: Option<StoreRef<KeyValueStore<String, i64>>>,
}

impl Processor<String, String, String, i64> for Count {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, String, i64>) -> Result<(), BoxError> {
        self.counts = Some(ctx.store_ref("counts")?);
        Ok(())
    }

    fn process(&mut self, record: Text, ctx: &mut ProcessorContext<'_, String, i64>) -> Result<(), BoxError> {
        let counts = ctx.store(self.counts.as_ref().expect("made in init"))?;
        let count = counts.get(&record.key)?.unwrap_or(0) + 1;
        counts.put(&record.key, &count)?;
        Ok(ctx.forward(record.with_value(count))?)
    }
}

/// Forwards nothing but a record for each punctuation.
pub(crate) struct Ticker {
    pub interval: Duration,
    pub kind: PunctuationType,
    pub name: &'static str,
}

impl Processor<String, String, String, String> for Ticker {
    fn init(&mut self, ctx: &mut TextContext<'_>) -> Result<(), BoxError> {
        ctx.schedule(self.interval, self.kind)?;
        Ok(())
    }

    fn process(&mut self, _: Text, _: &mut TextContext<'_>) -> Result<(), BoxError> {
        Ok(())
    }

    fn punctuate(&mut self, _: PunctuationId, time: i64, ctx: &mut TextContext<'_>) -> Result<(), BoxError> {
        let place = ctx.record_metadata().map_or("nowhere".to_owned(), |metadata| metadata.topic.to_string());
        Ok(ctx.forward(Record::new(self.name.to_owned(), place, time))?)
    }
}
