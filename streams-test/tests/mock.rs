//! A processor by itself.

use std::result::Result as StdResult;
use std::time::Duration;

use streams_core::{
    BoxError, FixedKeyProcessor, FixedKeyProcessorContext, FixedKeyRecord, KeyValueStore,
    KeyValueStoreBuilder, Processor, ProcessorContext, PunctuationType, Record, Result, StoreRef,
    StreamsConfig, TaskId,
};
use streams_test::{CapturedForward, MockProcessorContext};

type Context<'a> = ProcessorContext<'a, String, String>;

/// Sends even lengths to `even`, all others everywhere; knows where it is.
#[derive(Default)]
struct Route {
    seen: Option<StoreRef<KeyValueStore<String, String>>>,
}

impl Processor<String, String, String, String> for Route {
    fn init(&mut self, ctx: &mut Context<'_>) -> StdResult<(), BoxError> {
        self.seen = Some(ctx.store_ref("seen")?);
        let id = ctx.schedule(Duration::from_millis(5), PunctuationType::StreamTime)?;
        ctx.schedule(Duration::from_millis(7), PunctuationType::WallClockTime)?;
        ctx.cancel(id);
        Ok(())
    }

    fn process(&mut self, record: Record<String, String>, ctx: &mut Context<'_>) -> StdResult<(), BoxError> {
        ctx.store(self.seen.as_ref().expect("made in init"))?.put(&record.key, &record.value)?;
        if record.value.is_empty() {
            ctx.record_dropped();
            ctx.commit();
            return Ok(());
        }
        if record.value.len().is_multiple_of(2) {
            return Ok(ctx.forward_to("even", record)?);
        }
        let offset = ctx.record_metadata().map_or(-1, |metadata| metadata.offset);
        let place = format!(
            "{} {} {offset} {} {}",
            ctx.application_id(),
            ctx.task_id(),
            ctx.current_stream_time_ms(),
            ctx.current_system_time_ms()
        );
        Ok(ctx.forward(record.with_value(place))?)
    }
}

fn routed() -> Result<(Route, MockProcessorContext<String, String>)> {
    let mut mock = MockProcessorContext::new()?;
    mock.set_children(["odd", "even"]);
    mock.add_state_store(KeyValueStoreBuilder::<String, String>::persistent("seen"))?;
    let mut route = Route::default();
    route.init(&mut mock.context()).expect("the store is there");
    Ok((route, mock))
}

fn record(value: &str) -> Record<String, String> {
    Record::new("k".to_owned(), value.to_owned(), 3)
}

#[test]
fn forwards_are_captured_by_child() -> Result<()> {
    let (mut route, mut mock) = routed()?;
    route.process(record("four"), &mut mock.context()).expect("it forwards");
    let even = CapturedForward { child: Some("even".into()), record: record("four") };
    assert_eq!(mock.forwarded(), [even]);
    route.process(record("one"), &mut mock.context()).expect("it forwards");
    assert_eq!((mock.forwarded_to("odd").len(), mock.forwarded_to("even").len()), (1, 2));
    mock.reset_forwards();
    assert!(mock.forwarded().is_empty());
    let stored = mock.stores().reference::<KeyValueStore<String, String>>("seen")?;
    assert_eq!(mock.stores().get(&stored)?.get(&"k".to_owned())?.as_deref(), Some("one"));
    Ok(())
}

#[test]
fn what_the_context_tells_is_what_the_test_has_set() -> Result<()> {
    let (mut route, mut mock) = routed()?;
    mock.set_config(&StreamsConfig::builder().application_id("shop").build()?);
    mock.set_task_id(TaskId::new(2, 5));
    mock.set_record_metadata("orders", 5, 77);
    mock.set_current_stream_time_ms(8);
    mock.set_current_system_time_ms(9);
    route.process(record("odd"), &mut mock.context()).expect("it forwards");
    assert_eq!(mock.forwarded()[0].record.value, "shop 2_5 77 8 9");
    Ok(())
}

#[test]
fn schedules_commits_and_drops_are_kept_for_the_test() -> Result<()> {
    let (mut route, mut mock) = routed()?;
    let scheduled = mock.scheduled_punctuations();
    assert_eq!(scheduled.len(), 1);
    assert_eq!((scheduled[0].kind, scheduled[0].first), (PunctuationType::WallClockTime, 7));
    assert!(!mock.committed());
    route.process(record(""), &mut mock.context()).expect("it is dropped");
    assert!(mock.committed());
    assert_eq!(mock.dropped_records(), 1);
    mock.reset_commit();
    assert!(!mock.committed());
    Ok(())
}

#[test]
fn a_store_or_child_that_was_not_named_is_an_error() -> Result<()> {
    let mut mock = MockProcessorContext::<String, String>::new()?;
    assert!(Route::default().init(&mut mock.context()).is_err());
    let error = mock.context().forward_to("even", record("x")).unwrap_err();
    assert!(error.to_string().contains("no child `even`"), "{error}");
    mock.context().forward(record("x"))?;
    assert_eq!(mock.forwarded(), [CapturedForward { child: None, record: record("x") }]);
    Ok(())
}

struct Double;

impl FixedKeyProcessor<String, i64, i64> for Double {
    fn init(&mut self, ctx: &mut FixedKeyProcessorContext<'_, String, i64>) -> StdResult<(), BoxError> {
        let every: u64 = ctx.config().get("tick.ms").unwrap_or_default().parse()?;
        ctx.schedule_from(100, Duration::from_millis(every), PunctuationType::StreamTime)?;
        Ok(())
    }

    fn process(
        &mut self,
        record: FixedKeyRecord<String, i64>,
        ctx: &mut FixedKeyProcessorContext<'_, String, i64>,
    ) -> StdResult<(), BoxError> {
        let doubled = record.value * 2;
        Ok(ctx.forward(record.with_value(doubled))?)
    }
}

#[test]
fn a_fixed_key_processor_is_tested_in_the_same_way() -> Result<()> {
    let mut mock = MockProcessorContext::<String, i64>::new()?;
    mock.set_config(&StreamsConfig::builder().application_id("shop").set("tick.ms", 10).build()?);
    mock.set_current_stream_time_ms(125);
    Double.init(&mut mock.fixed_key_context()).expect("the setting is there");
    assert_eq!(mock.scheduled_punctuations()[0].first, 130);
    let record = mock.fixed_key_record(Record::new("k".to_owned(), 21, 0));
    Double.process(record, &mut mock.fixed_key_context()).expect("it forwards");
    assert_eq!(mock.forwarded()[0].record.value, 42);
    Ok(())
}
