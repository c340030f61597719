//! What a task puts aside when a record fails (KIP-1034).

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use streams_core::{
    BoxError, DeadLetter, Error, ErrorHandlerContext, Headers, LogAndContinue, OutgoingRecord,
    ProcessingDecision, ProcessingExceptionHandler, Processor, ProcessorContext, RawPayload, RawRecord,
    Record, RecordCollector, Result, Sink, Source, StateOptions, StreamTask, StreamsConfig,
    StreamsConfigBuilder, TaskId, TaskOptions, TaskState, Topology,
};

/// Fails on 7, and forwards the rest.
struct Picky;

impl Processor<String, i64, String, i64> for Picky {
    fn process(
        &mut self,
        mut record: Record<String, i64>,
        ctx: &mut ProcessorContext<'_, String, i64>,
    ) -> Result<(), BoxError> {
        record.headers.add("seen", Some("1"));
        if record.value == 7 { Err("seven".into()) } else { Ok(ctx.forward(record)?) }
    }
}

/// Topic, value, timestamp and headers of a record that left the task.
type Out = (String, Option<Vec<u8>>, Option<i64>, Headers);

#[derive(Default)]
struct Sent(Vec<Out>);

impl RecordCollector for Sent {
    fn send(&mut self, record: OutgoingRecord<'_>) -> Result<()> {
        let value = record.value.map(<[u8]>::to_vec);
        self.0.push((record.topic.to_owned(), value, record.timestamp, record.headers.clone()));
        Ok(())
    }

    fn partition_count(&mut self, _: &str) -> Result<i32> {
        Ok(1)
    }
}

/// Feeds values to `in` -> Picky -> `out` and returns what left the task, and how it ended.
fn run(config: StreamsConfigBuilder, values: &[&[u8]]) -> (Sent, Result<()>) {
    let config = config.application_id("app").build().unwrap();
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, i64>::new("source", ["in"]))
        .and_then(|topology| topology.add_processor("picky", || Picky, ["source"]))
        .and_then(|topology| topology.add_sink(Sink::<String, i64>::to("sink", "out"), ["picky"]))
        .unwrap();
    let built = topology.build(&config).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let state = TaskState::new(directory.path(), StateOptions::default());
    let mut options = TaskOptions::new("app", state, Box::new(Sent::default()));
    options.partitions = vec![(Arc::from("in"), 0)];
    options.handlers = Arc::new(config.error_handlers());
    let mut task = StreamTask::new(built.whole(), TaskId::new(0, 0), options).unwrap();
    task.start(0).unwrap();
    let records = values.iter().enumerate().map(|(offset, value)| RawRecord {
        offset: offset as i64,
        timestamp: 100 + offset as i64,
        payload: RawPayload::new(Some(b"k"), Some(value)),
        headers: Headers::new(),
    });
    task.add_records("in", 0, records).unwrap();
    let outcome = loop {
        match task.process_one(0) {
            Ok(true) => {}
            Ok(false) => break Ok(()),
            Err(error) => break Err(error),
        }
    };
    (std::mem::take(task.collector::<Sent>().unwrap()), outcome)
}

fn header(headers: &Headers, name: &str) -> String {
    let value = headers.last(name).unwrap().value.unwrap();
    String::from_utf8(value.to_vec()).unwrap()
}

const SEVEN: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 7];
const EIGHT: &[u8] = &[0, 0, 0, 0, 0, 0, 0, 8];

fn lenient() -> StreamsConfigBuilder {
    StreamsConfig::builder()
        .dead_letter_queue_topic("dlq")
        .processing_exception_handler(LogAndContinue)
        .set("deserialization.exception.handler", "continue")
}

#[test]
fn records_that_fail_are_put_aside_and_the_others_go_on() {
    let (sent, outcome) = run(lenient(), &[&[1, 2], SEVEN, EIGHT]);
    outcome.unwrap();
    let topics: Vec<&str> = sent.0.iter().map(|(topic, ..)| topic.as_str()).collect();
    assert_eq!(topics, ["dlq", "dlq", "out"]);
    let (_, value, timestamp, headers) = &sent.0[0];
    assert_eq!((value.as_deref(), *timestamp), (Some(&[1, 2][..]), Some(100)));
    assert!(header(headers, "__streams.errors.message").contains("`i64` takes 8 bytes, not 2"));
    let (_, value, timestamp, headers) = &sent.0[1];
    assert_eq!((value.as_deref(), *timestamp), (Some(SEVEN), Some(101)));
    assert_eq!(header(headers, "__streams.errors.message"), "seven");
    assert_eq!(header(headers, "__streams.errors.topic"), "in");
    assert_eq!(header(headers, "__streams.errors.offset"), "1");
}

#[test]
fn a_record_that_stops_the_task_is_put_aside_first() {
    let (sent, outcome) = run(StreamsConfig::builder().dead_letter_queue_topic("dlq"), &[SEVEN]);
    assert!(outcome.unwrap_err().to_string().contains("seven"));
    assert_eq!(sent.0.len(), 1);
    assert_eq!(sent.0[0].0, "dlq");
}

#[test]
fn without_a_queue_nothing_is_put_aside() {
    let config = StreamsConfig::builder().set("processing.exception.handler", "continue");
    let (sent, outcome) = run(config, &[SEVEN, EIGHT]);
    outcome.unwrap();
    assert_eq!(sent.0.len(), 1);
    assert_eq!(sent.0[0].0, "out");
}

/// Puts aside under a topic of its own.
struct Own;

impl ProcessingExceptionHandler for Own {
    fn handle(&self, _: &ErrorHandlerContext<'_>, _: &Error) -> ProcessingDecision {
        ProcessingDecision::Continue
    }

    fn dead_letters(
        &self,
        context: &ErrorHandlerContext<'_>,
        error: &Error,
        _: Option<&str>,
    ) -> Vec<DeadLetter> {
        vec![DeadLetter::about(error, context, context.processor_node)]
    }
}

#[test]
fn a_handler_of_ones_own_writes_its_own_letters() {
    let (sent, outcome) = run(StreamsConfig::builder().processing_exception_handler(Own), &[SEVEN]);
    outcome.unwrap();
    assert_eq!(sent.0.len(), 1);
    assert_eq!(sent.0[0].0, "picky");
}
