use std::collections::BTreeMap;
use std::sync::Arc;

use super::*;
use crate::config::StreamsConfig;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::processor::{Processor, ProcessorContext, ProcessorSupplier};
use crate::record::Record;
use crate::store::{StateStore, StoreBuilder, StoreContext};

struct Nothing;

impl<KIn, VIn, KOut, VOut> Processor<KIn, VIn, KOut, VOut> for Nothing {
    fn process(
        &mut self,
        _: Record<KIn, VIn>,
        _: &mut ProcessorContext<'_, KOut, VOut>,
    ) -> Result<(), BoxError> {
        Ok(())
    }
}

/// A supplier of processors of strings that may bring stores.
struct Supplier(Vec<Arc<dyn StoreBuilder>>);

impl ProcessorSupplier<String, String, String, String> for Supplier {
    fn get(&self) -> Box<dyn Processor<String, String, String, String>> {
        Box::new(Nothing)
    }

    fn stores(&self) -> Vec<Arc<dyn StoreBuilder>> {
        self.0.clone()
    }
}

struct Filler;

impl ProcessorSupplier<String, String, (), ()> for Filler {
    fn get(&self) -> Box<dyn Processor<String, String, (), ()>> {
        Box::new(Nothing)
    }
}

#[derive(Debug, Clone)]
struct Store {
    name: &'static str,
    logging: bool,
    overrides: &'static [(&'static str, &'static str)],
}

fn store(name: &'static str) -> Store {
    Store { name, logging: true, overrides: &[] }
}

fn unlogged(name: &'static str) -> Store {
    Store { logging: false, ..store(name) }
}

fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

impl StoreBuilder for Store {
    fn name(&self) -> &str {
        self.name
    }

    fn logging_enabled(&self) -> bool {
        self.logging
    }

    fn changelog_config(&self, additional_retention_ms: i64) -> BTreeMap<String, String> {
        let mut config = map(&[("retention.ms", &(10 + additional_retention_ms).to_string())]);
        config.extend(map(self.overrides));
        config
    }

    fn changelog_overrides(&self) -> BTreeMap<String, String> {
        map(self.overrides)
    }

    fn build(&self, _: &StoreContext<'_>) -> Result<Box<dyn StateStore>> {
        Err(Error::bug("this store is never made"))
    }
}

fn source(name: &str, topics: &[&str]) -> Source<String, String> {
    Source::new(name, topics.iter().copied())
}

fn sink(name: &str, topic: &str) -> Sink<String, String> {
    Sink::to(name, topic)
}

fn supplier() -> Supplier {
    Supplier(Vec::new())
}

/// `in` -> `a`, `b`.
fn two_processors() -> Topology {
    let mut topology = Topology::new();
    topology
        .add_source(source("in", &["t"]))
        .and_then(|topology| topology.add_processor("a", supplier(), ["in"]))
        .and_then(|topology| topology.add_processor("b", supplier(), ["in"]))
        .unwrap();
    topology
}

fn build(topology: &Topology, settings: &[(&str, &str)]) -> Arc<BuiltTopology> {
    let config = StreamsConfig::builder().application_id("app").set_all(settings.iter().copied());
    topology.build(&config.build().unwrap()).unwrap()
}

/// That the call is refused as an impossible topology, with these words.
fn refused(result: Result<&mut Topology>, words: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Topology);
    assert!(error.to_string().contains(words), "{error}");
}

#[test]
fn names_and_topics_are_taken_once() {
    let mut topology = two_processors();
    refused(topology.add_source(source("in", &["u"])), "already a node called `in`");
    refused(topology.add_processor("a", supplier(), ["in"]), "already a node called `a`");
    refused(topology.add_source(source("x", &["t"])), "topic `t` is already read");
    refused(topology.add_source(source("x", &["u", "u"])), "topic `u` is already read");
    refused(topology.add_source(source("x", &[])), "at least one topic");
    refused(
        topology.add_source(Source::<String, String>::matching("x", "t|u").unwrap()),
        "matches topic `t`",
    );
    topology.add_source(Source::<String, String>::matching("p", "x-.*").unwrap()).unwrap();
    refused(topology.add_source(source("x", &["x-1"])), "pattern `x-.*`");
}

#[test]
fn parents_are_known_and_no_sinks() {
    let mut topology = two_processors();
    topology.add_sink(sink("out", "o"), ["a"]).unwrap();
    refused(topology.add_processor("c", supplier(), ["out"]), "sink `out` cannot be the parent");
    refused(topology.add_processor("c", supplier(), ["c"]), "its own parent");
    refused(topology.add_processor("c", supplier(), ["nobody"]), "parent `nobody` of node `c` is unknown");
    refused(topology.add_sink(sink("x", "o"), [] as [&str; 0]), "at least one parent");
    topology.add_processor("c", supplier(), ["a", "b"]).unwrap();
}

#[test]
fn a_parent_forwards_what_its_child_takes() {
    let mut topology = two_processors();
    let numbers = Sink::<String, i64>::to("numbers", "n");
    refused(
        topology.add_sink(numbers, ["a"]),
        "node `numbers` takes records of `(alloc::string::String, i64)`, but its parent `a` forwards records of \
         `(alloc::string::String, alloc::string::String)`",
    );
}

#[test]
fn stores_are_added_once_and_connected_to_processors_only() {
    let mut topology = two_processors();
    let shared: Arc<dyn StoreBuilder> = Arc::new(store("s"));
    topology.add_state_store(Arc::clone(&shared), ["a"]).unwrap();
    topology.add_state_store(shared, ["b"]).unwrap();
    refused(topology.add_state_store(store("s"), ["b"]), "another state store called `s`");
    refused(topology.connect_processor_and_state_stores("in", ["s"]), "source or a sink");
    refused(topology.connect_processor_and_state_stores("x", ["s"]), "processor `x` is unknown");
    refused(topology.connect_processor_and_state_stores("a", ["x"]), "no state store called `x`");
    refused(topology.connect_processor_and_state_stores("a", [] as [&str; 0]), "no state store to connect");
}

#[test]
fn global_stores_are_not_logged_and_open_to_all() {
    let mut topology = two_processors();
    let from = || source("g-in", &["g"]);
    refused(topology.add_global_store(store("g"), from(), "g-p", Filler), "logging disabled");
    refused(topology.add_global_store(unlogged("g"), from(), "g-in", Filler), "cannot both be called");
    let two = source("g-in", &["g", "h"]);
    refused(topology.add_global_store(unlogged("g"), two, "g-p", Filler), "exactly one topic");
    topology.add_global_store(unlogged("g"), from(), "g-p", Filler).unwrap();
    refused(topology.connect_processor_and_state_stores("a", ["g"]), "open to all processors");
    refused(topology.add_state_store(store("g"), ["a"]), "another state store called `g`");

    let built = build(&topology, &[]);
    assert_eq!(built.subtopologies().map(Subtopology::id).collect::<Vec<_>>(), [0]);
    assert!(built.internal_topics().is_empty());
    let global = built.global_plan().unwrap();
    assert_eq!(global.nodes.iter().map(|node| &*node.name).collect::<Vec<_>>(), ["g-in", "g-p"]);
    assert_eq!(global.stores[0].changelog.as_deref(), Some("g"));
    assert_eq!(built.whole().nodes.len(), 3);
    assert_eq!(*built.plan(0).unwrap().nodes[1].stores, ["g".into()]);
}

#[test]
fn a_shared_store_joins_sub_topologies() {
    let mut topology = Topology::new();
    for (source_name, topic, processor) in [("x", "1", "px"), ("y", "2", "py"), ("z", "3", "pz")] {
        topology.add_source(source(source_name, &[topic])).unwrap();
        topology.add_processor(processor, supplier(), [source_name]).unwrap();
    }
    assert_eq!(build(&topology, &[]).subtopologies().count(), 3);
    topology.add_state_store(store("s"), ["px", "pz"]).unwrap();
    let built = build(&topology, &[]);
    let topics: Vec<Vec<&str>> =
        built.subtopologies().map(|sub| sub.source_topics().iter().map(|topic| &**topic).collect()).collect();
    assert_eq!(topics, [vec!["1", "3"], vec!["2"]]);
}

#[test]
fn plans_hold_children_behind_their_parents_in_the_order_of_adding() {
    let mut topology = two_processors();
    topology.add_sink(sink("out", "o"), ["b", "a"]).unwrap();
    topology.add_state_store(store("unused"), [] as [&str; 0]).unwrap();
    topology.add_state_store(store("s"), ["b"]).unwrap();
    let built = build(&topology, &[]);
    let plan = built.plan(0).unwrap();
    let children: Vec<&[usize]> = plan.nodes.iter().map(|node| &*node.children).collect();
    assert_eq!(children, [&[1, 2][..], &[3], &[3], &[]]);
    assert_eq!(plan.sources[0].node, 0);
    let stores: Vec<&str> = plan.stores.iter().map(|store| store.builder.name()).collect();
    assert_eq!(stores, ["s"], "a store that nobody uses is not made");
    assert_eq!(built.plan(1).map(|plan| plan.nodes.len()), None);
}

#[test]
fn stores_that_come_with_a_supplier_are_added_and_connected() {
    let mut topology = two_processors();
    let shared: Arc<dyn StoreBuilder> = Arc::new(store("s"));
    topology.add_processor("c", Supplier(vec![Arc::clone(&shared)]), ["in"]).unwrap();
    topology.add_processor("d", Supplier(vec![shared]), ["in"]).unwrap();
    assert!(topology.describe().to_string().contains("Processor: d (stores: [s])"));
}

#[test]
fn internal_topics_have_the_applications_name_and_kafkas_settings() {
    let mut topology = two_processors();
    topology
        .add_repartition_topic("by-word-repartition", RepartitionOptions::default())
        .and_then(|topology| topology.add_sink(sink("to", "by-word-repartition"), ["a"]))
        .and_then(|topology| topology.add_source(source("from", &["by-word-repartition"])))
        .and_then(|topology| topology.add_processor("count", supplier(), ["from"]))
        .unwrap();
    let own = Store { overrides: &[("min.insync.replicas", "3")], ..store("counts") };
    topology.add_state_store(own, ["count"]).unwrap();
    let built = build(&topology, &[("topic.min.insync.replicas", "2"), ("topic.x", "y")]);
    let repartition = &built.internal_topics()["app-by-word-repartition"];
    assert_eq!(repartition.kind, InternalTopicKind::Repartition);
    let expected = [
        ("cleanup.policy", "delete"),
        ("message.timestamp.type", "CreateTime"),
        ("min.insync.replicas", "2"),
        ("retention.ms", "-1"),
        ("segment.bytes", "52428800"),
        ("x", "y"),
    ];
    assert_eq!(repartition.config, map(&expected));
    let changelog = &built.internal_topics()["app-counts-changelog"];
    let expected = [
        ("cleanup.policy", "compact"),
        ("message.timestamp.type", "CreateTime"),
        ("min.insync.replicas", "3"),
        ("retention.ms", "86400010"),
        ("x", "y"),
    ];
    assert_eq!((changelog.kind, &changelog.config), (InternalTopicKind::Changelog, &map(&expected)));
    let first = built.subtopology(0).unwrap();
    assert!(first.sink_topics().contains("app-by-word-repartition") && !first.is_stateful());
    assert!(built.subtopology(1).unwrap().changelog_topics().contains("app-counts-changelog"));
    assert!(built.description().to_string().contains("(topic: by-word-repartition)"));
    let other = build(&topology, &[("__internal.override.topic.prefix__", "old")]);
    assert!(other.internal_topics().contains_key("old-counts-changelog"));
}

#[test]
fn a_read_only_store_restores_from_its_source() {
    let mut topology = two_processors();
    topology.add_read_only_state_store(store("r"), source("r-in", &["r"]), "r-p", Filler).unwrap();
    topology.connect_processor_and_state_stores("a", ["r"]).unwrap();
    let built = build(&topology, &[]);
    assert_eq!(built.internal_topics()["r"].kind.as_str(), "source-as-changelog");
    let plan = built.plan(0).unwrap();
    assert_eq!(plan.stores[0].changelog.as_deref(), Some("r"));
    assert_eq!(plan.stores[0].logged_to(), None);
    refused(topology.connect_store_to_source_topic("r", "t"), "already has the source topic `r`");
}

#[test]
fn names_that_were_made_up_can_be_refused() {
    let mut topology = two_processors();
    topology.note_generated_name(GeneratedName::StateStore, "KSTREAM-AGGREGATE-STATE-STORE-0000000001");
    build(&topology, &[]);
    let config = StreamsConfig::builder()
        .application_id("app")
        .set("ensure.explicit.internal.resource.naming", true)
        .build()
        .unwrap();
    let error = topology.build(&config).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Topology);
    assert!(error.to_string().contains("KSTREAM-AGGREGATE-STATE-STORE-0000000001"), "{error}");
}

#[test]
fn where_a_source_starts_is_known_by_topic() {
    let mut topology = Topology::new();
    let late = source("late", &["a", "b"]).with_offset_reset(AutoOffsetReset::Latest);
    topology.add_source(late).unwrap().add_source(source("plain", &["c"])).unwrap();
    let built = build(&topology, &[]);
    assert_eq!(built.offset_reset("b"), Some(AutoOffsetReset::Latest));
    assert_eq!(built.offset_reset("c"), None);
}

#[test]
fn a_key_value_stores_own_settings_win_over_the_topic_configuration() {
    let mut topology = two_processors();
    let own = crate::KeyValueStoreBuilder::<String, String>::in_memory("s")
        .with_logging_enabled(map(&[("cleanup.policy", "compact,delete")]));
    topology.add_state_store(own, ["a"]).unwrap();
    let built = build(&topology, &[("topic.cleanup.policy", "delete"), ("topic.retention.ms", "5")]);
    let config = &built.internal_topics()["app-s-changelog"].config;
    assert_eq!(config["cleanup.policy"], "compact,delete");
    assert_eq!(config["retention.ms"], "5");
}
