//! Processor wrappers (KIP-1112) over the DSL and the Processor API.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::{Arc, Mutex};

use streams_core::{InterceptorContext, Sink, Source, StoreBuilder};
use streams_dsl::prelude::*;
use streams_test::TopologyTestDriver;

/// What an interceptor does with a record.
type Act = fn(&mut ProcessorCall<'_>) -> Result<(), BoxError>;

/// Does the same with every record of every node whose name begins so, and keeps a log of what was done.
#[derive(Clone)]
struct Wrapper {
    prefix: &'static str,
    act: Act,
    log: Arc<Mutex<Vec<String>>>,
    store: Option<Arc<dyn StoreBuilder>>,
}

impl Wrapper {
    fn new(prefix: &'static str, act: Act) -> Self {
        Self { prefix, act, log: Arc::default(), store: None }
    }

    fn config(&self) -> StreamsConfig {
        let config = StreamsConfig::builder().application_id("wrapped").processor_wrapper(self.clone());
        config.processing_exception_handler(streams_core::LogAndContinue).build().unwrap()
    }

    fn write(&self, line: String) {
        self.log.lock().unwrap().push(line);
    }

    fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.log.lock().unwrap())
    }
}

impl ProcessorWrapper for Wrapper {
    fn interceptor(&self, node: &str) -> Option<Box<dyn ProcessorInterceptor>> {
        node.starts_with(self.prefix).then(|| Box::new(self.clone()) as _)
    }

    fn stores(&self, node: &str) -> Vec<Arc<dyn StoreBuilder>> {
        self.store.iter().filter(|_| node.starts_with(self.prefix)).cloned().collect()
    }
}

impl ProcessorInterceptor for Wrapper {
    fn init(&mut self, ctx: &mut InterceptorContext<'_>) -> Result<(), BoxError> {
        if self.store.is_some() {
            ctx.store_ref::<KeyValueStore<String, i64>>("seen")?;
        }
        Ok(())
    }

    fn process(&mut self, call: &mut ProcessorCall<'_>) -> Result<(), BoxError> {
        let key = call.key::<String>().cloned().unwrap_or_default();
        let name = call.node_name().to_owned();
        self.write(format!("> {name} {key}@{}", call.timestamp()));
        let result = (self.act)(call);
        self.write(format!("< {name}"));
        result
    }

    fn close(&mut self) {
        self.write("closed".into());
    }
}

fn proceed(call: &mut ProcessorCall<'_>) -> Result<(), BoxError> {
    Ok(call.proceed()?)
}

/// A driver of `in` → upper case → `out`, wrapped.
fn shouting(wrapper: &Wrapper) -> TopologyTestDriver {
    let config = wrapper.config();
    let builder = StreamsBuilder::with_config(&config);
    let upper = |text: String| text.to_uppercase();
    builder.stream::<String, String>("in").map_values_with(upper, Named::as_("upper")).to("out");
    TopologyTestDriver::with_config(&builder.build().unwrap(), &config).unwrap()
}

/// What comes out after `a` and `b` went in.
fn run(driver: &TopologyTestDriver) -> Vec<String> {
    let mut input = driver.create_input_topic::<String, String>("in");
    input.pipe_input_at("1", "a", 5).unwrap();
    input.pipe_input_at("2", "b", 6).unwrap();
    driver.create_output_topic::<String, String>("out").read_values_to_list().unwrap()
}

#[test]
fn an_interceptor_frames_its_processor_and_all_that_this_forwards() {
    let wrapper = Wrapper::new("KSTREAM", proceed);
    let config = wrapper.config();
    let builder = StreamsBuilder::new();
    let stream = builder.stream::<String, String>("in").filter(|_, value| value != "b");
    stream.map_values(|text: String| text.len().to_string()).to("out");
    let driver = TopologyTestDriver::with_config(&builder.build_with(&config).unwrap(), &config).unwrap();
    assert_eq!(run(&driver), ["1"]);
    let expected = [
        "> KSTREAM-FILTER-0000000001 1@5",
        "> KSTREAM-MAPVALUES-0000000002 1@5",
        "< KSTREAM-MAPVALUES-0000000002",
        "< KSTREAM-FILTER-0000000001",
        "> KSTREAM-FILTER-0000000001 2@6",
        "< KSTREAM-FILTER-0000000001",
    ];
    assert_eq!(wrapper.take_log(), expected);
    driver.close().unwrap();
    assert_eq!(wrapper.take_log(), ["closed", "closed"]);
}

#[test]
fn a_record_is_skipped_by_not_going_on() {
    let wrapper = Wrapper::new("upper", |call| match call.value::<String>().map(String::as_str) {
        Some("a") => Ok(()),
        _ => proceed(call),
    });
    assert_eq!(run(&shouting(&wrapper)), ["B"]);
}

#[test]
fn a_failure_or_a_panic_goes_to_the_processing_exception_handler() {
    let wrapper = Wrapper::new("upper", |call| match call.key::<String>().map(String::as_str) {
        Some("1") => Err("not this one".into()),
        _ => panic!("nor this one"),
    });
    let driver = shouting(&wrapper);
    assert!(run(&driver).is_empty());
    assert_eq!(driver.dropped_records().unwrap(), 2);
}

#[test]
fn value_and_headers_can_be_changed_before_the_processor_sees_them() {
    let wrapper = Wrapper::new("upper", |call| {
        call.value_mut::<String>().ok_or("no string")?.push('!');
        call.headers_mut().ok_or("no headers")?.add("seen", Some("yes"));
        proceed(call)
    });
    let driver = shouting(&wrapper);
    driver.create_input_topic::<String, String>("in").pipe_input("1", "a").unwrap();
    let record = driver.create_output_topic::<String, String>("out").read_record().unwrap();
    assert_eq!(record.value, "A!");
    assert_eq!(record.headers.last("seen").unwrap().value.as_deref(), Some(b"yes".as_slice()));
}

#[test]
fn a_record_goes_on_once_and_is_gone_then() {
    let wrapper = Wrapper::new("upper", |call| {
        assert!(call.value_any().is_some());
        call.proceed()?;
        assert!(call.value_any().is_none() && call.key_any().is_none() && call.headers().is_none());
        let again = call.proceed().unwrap_err();
        assert!(again.to_string().contains("`upper`"), "{again}");
        Ok(())
    });
    let driver = shouting(&wrapper);
    assert_eq!(run(&driver), ["A", "B"]);
    assert_eq!(driver.dropped_records().unwrap(), 0);
}

/// Counts what it saw by key in a store of its own.
fn count(call: &mut ProcessorCall<'_>) -> Result<(), BoxError> {
    let key = call.key::<String>().cloned().ok_or("no key")?;
    let mut ctx = call.context();
    let seen = ctx.store_ref::<KeyValueStore<String, i64>>("seen")?;
    let store = ctx.store(&seen)?;
    let count = store.get(&key)?.unwrap_or(0) + 1;
    store.put(&key, &count)?;
    proceed(call)
}

#[test]
fn stores_of_a_wrapper_are_part_of_the_topology_and_are_logged() {
    let store = KeyValueStoreBuilder::<String, i64>::in_memory("seen");
    let wrapper = Wrapper { store: Some(Arc::new(store)), ..Wrapper::new("upper", count) };
    let driver = shouting(&wrapper);
    let description = driver.topology().unwrap().description().to_string();
    assert!(description.contains("Processor: upper (stores: [seen])"), "{description}");
    run(&driver);
    run(&driver);
    assert_eq!(
        driver.store::<KeyValueStore<String, i64>>("seen").unwrap().get(&"2".into()).unwrap(),
        Some(2)
    );
    assert_eq!(driver.take_produced_to("wrapped-seen-changelog").unwrap().len(), 4);
}

#[test]
fn nodes_that_share_a_store_of_the_wrapper_share_a_sub_topology() {
    let store = KeyValueStoreBuilder::<String, i64>::in_memory("seen");
    let wrapper = Wrapper { store: Some(Arc::new(store)), ..Wrapper::new("peek", count) };
    let builder = StreamsBuilder::with_config(&wrapper.config());
    builder.stream::<String, String>("in").peek_with(|_, _| {}, Named::as_("peek-in"));
    builder.stream::<String, String>("other").peek_with(|_, _| {}, Named::as_("peek-other"));
    let description = builder.build().unwrap().describe();
    assert_eq!(description.subtopologies.len(), 1, "{description}");
}

/// Forwards nothing.
#[derive(Clone)]
struct Keep;

impl Processor<String, String, (), ()> for Keep {
    fn process(
        &mut self,
        record: Record<String, String>,
        ctx: &mut ProcessorContext<'_, (), ()>,
    ) -> Result<(), BoxError> {
        let store = ctx.store_ref::<KeyValueStore<String, String>>("kept")?;
        ctx.store(&store)?.put(&record.key, &record.value)?;
        Ok(())
    }
}

fn with_global_store(wrapper: &Wrapper) -> Result<Topology, Error> {
    let mut topology = Topology::with_config(&wrapper.config());
    let kept = KeyValueStoreBuilder::<String, String>::in_memory("kept").with_logging_disabled();
    let source = Source::<String, String>::new("facts", ["facts"]);
    topology.add_global_store(kept, source, "keep", || Keep)?;
    topology.add_source(Source::<String, String>::new("in", ["in"]))?;
    topology.add_sink(Sink::<String, String>::to("out", "out"), ["in"])?;
    Ok(topology)
}

#[test]
fn processors_of_global_stores_are_wrapped() {
    let wrapper = Wrapper::new("keep", proceed);
    let config = wrapper.config();
    let driver = TopologyTestDriver::with_config(&with_global_store(&wrapper).unwrap(), &config).unwrap();
    driver.create_input_topic::<String, String>("facts").pipe_input_at("k", "v", 3).unwrap();
    assert_eq!(wrapper.take_log(), ["> keep k@3", "< keep"]);
    let kept = driver.store::<KeyValueStore<String, String>>("kept").unwrap().get(&"k".into()).unwrap();
    assert_eq!(kept, Some("v".to_owned()));
}

#[test]
fn the_processor_of_a_global_store_can_have_no_store_of_the_wrapper() {
    let store = KeyValueStoreBuilder::<String, i64>::in_memory("seen");
    let wrapper = Wrapper { store: Some(Arc::new(store)), ..Wrapper::new("keep", proceed) };
    let error = with_global_store(&wrapper).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Topology);
    assert!(error.to_string().contains("return no stores"), "{error}");
}

#[test]
fn a_topology_made_without_the_configuration_is_not_wrapped() {
    let wrapper = Wrapper::new("upper", |_| Err("never called".into()));
    let builder = StreamsBuilder::new();
    let upper = |text: String| text.to_uppercase();
    builder.stream::<String, String>("in").map_values_with(upper, Named::as_("upper")).to("out");
    let driver = TopologyTestDriver::with_config(&builder.build().unwrap(), &wrapper.config()).unwrap();
    assert_eq!(run(&driver), ["A", "B"]);
}
