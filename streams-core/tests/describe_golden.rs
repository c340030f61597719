//! Rebuilds the topologies of the golden cases from what Kafka Streams printed for them, and compares the text.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use streams_core::{
    BoxError, Processor, ProcessorContext, Record, Result, Sink, Source, StateStore, StoreBuilder,
    StoreContext, StreamsConfig, TopicNameExtractor, TopicPattern, Topology,
};

struct Nothing;

impl<KOut, VOut> Processor<String, String, KOut, VOut> for Nothing {
    fn process(
        &mut self,
        _: Record<String, String>,
        _: &mut ProcessorContext<'_, KOut, VOut>,
    ) -> Result<(), BoxError> {
        Ok(())
    }
}

#[derive(Debug)]
struct NamedStore {
    name: String,
    logging: bool,
}

impl StoreBuilder for NamedStore {
    fn name(&self) -> &str {
        &self.name
    }

    fn logging_enabled(&self) -> bool {
        self.logging
    }

    fn changelog_config(&self, _: i64) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn build(&self, _: &StoreContext<'_>) -> Result<Box<dyn StateStore>> {
        Err(streams_core::Error::bug("this store is never made"))
    }
}

struct Named(String);

impl TopicNameExtractor<String, String> for Named {
    fn extract(&self, _: &Record<String, String>, _: &streams_core::RecordContext) -> String {
        self.0.clone()
    }

    fn describe(&self) -> String {
        self.0.clone()
    }
}

/// A printed node.
#[derive(Debug)]
struct Printed {
    kind: String,
    name: String,
    detail: String,
    parents: Vec<String>,
    global: bool,
}

fn parse(lines: &[&str]) -> Vec<Printed> {
    let mut nodes: Vec<Printed> = Vec::new();
    let mut global = false;
    for line in lines {
        let text = line.trim_start();
        if text.starts_with("Sub-topology:") {
            global = text.contains("for global store");
        } else if let Some(parents) = text.strip_prefix("<-- ") {
            let node = nodes.last_mut().unwrap();
            node.parents = parents.split(", ").filter(|name| *name != "none").map(str::to_owned).collect();
        } else if let Some((kind, rest)) = text.split_once(": ").filter(|(kind, _)| *kind != "Topologies") {
            let (name, detail) = rest.split_once(" (").unwrap();
            let detail = detail.strip_suffix(')').unwrap().to_owned();
            nodes.push(Printed { kind: kind.into(), name: name.into(), detail, parents: Vec::new(), global });
        }
    }
    nodes
}

fn list(detail: &str) -> Vec<String> {
    let inner = detail.strip_prefix('[').unwrap().strip_suffix(']').unwrap();
    inner.split(", ").filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

fn add(topology: &mut Topology, node: &Printed, parents: &[String], all: &[Printed]) -> Result<()> {
    let (what, value) = node.detail.split_once(": ").unwrap();
    match (node.kind.as_str(), what) {
        ("Source", _) if node.global => {
            let processor = all.iter().find(|other| other.parents.contains(&node.name)).unwrap();
            let name = list(processor.detail.strip_prefix("stores: ").unwrap()).remove(0);
            let source = Source::<String, String>::new(node.name.as_str(), list(value));
            let store = NamedStore { name, logging: false };
            topology.add_global_store(store, source, processor.name.as_str(), || Nothing)?;
        }
        ("Source", _) if value.starts_with('[') => {
            topology.add_source(Source::<String, String>::new(node.name.as_str(), list(value)))?;
        }
        ("Source", _) => {
            let pattern = TopicPattern::new(value)?;
            topology.add_source(Source::<String, String>::matching(node.name.as_str(), pattern.as_str())?)?;
        }
        ("Processor", _) if node.global => {}
        ("Processor", _) => {
            topology.add_processor::<String, String, String, String>(
                node.name.as_str(),
                || Nothing,
                parents.to_vec(),
            )?;
        }
        (_, "topic") => {
            topology.add_sink(Sink::<String, String>::to(node.name.as_str(), value), parents.to_vec())?;
        }
        _ => {
            let extractor = Named(value.to_owned());
            topology.add_sink(
                Sink::<String, String>::to_computed(node.name.as_str(), extractor),
                parents.to_vec(),
            )?;
        }
    }
    Ok(())
}

/// An order in which the nodes may have been added, which the text does not say: a node comes behind its parents, and
/// either as soon as possible behind them (`deep`) or as the text has it.
fn order(nodes: &[Printed], deep: bool, reverse: bool) -> Vec<&Printed> {
    let mut waiting: Vec<&Printed> = nodes.iter().collect();
    if reverse {
        waiting.reverse();
    }
    let mut order: Vec<&Printed> = Vec::new();
    while !waiting.is_empty() {
        let place = |node: &Printed| {
            let places =
                node.parents.iter().map(|parent| order.iter().position(|known| known.name == *parent));
            places.collect::<Option<Vec<_>>>().map(|places| places.into_iter().max())
        };
        let ready = (0..waiting.len()).filter(|i| place(waiting[*i]).is_some());
        let next = if deep { ready.max_by_key(|i| place(waiting[*i])) } else { ready.min() };
        order.push(waiting.remove(next.unwrap()));
    }
    order
}

/// The topology that was printed, its nodes added in the given order.
fn rebuild(nodes: &[Printed], order: Vec<&Printed>, reverse_parents: bool) -> Result<Topology> {
    let mut topology = Topology::new();
    for node in order {
        let mut parents = node.parents.clone();
        if reverse_parents {
            parents.reverse();
        }
        add(&mut topology, node, &parents, nodes)?;
    }
    let mut stores: BTreeMap<String, Arc<NamedStore>> = BTreeMap::new();
    for node in nodes.iter().filter(|node| node.kind == "Processor" && !node.global) {
        for name in list(node.detail.strip_prefix("stores: ").unwrap()) {
            let store =
                stores.entry(name.clone()).or_insert_with(|| Arc::new(NamedStore { name, logging: true }));
            topology.add_state_store(Arc::clone(store), [&node.name])?;
        }
    }
    Ok(topology)
}

#[test]
fn the_text_of_every_golden_case_is_reproduced() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance/cases");
    let config = StreamsConfig::builder().application_id("app").build().unwrap();
    let mut seen = 0;
    let mut wrong = Vec::new();
    for kind in ["handmade", "random"] {
        for file in fs::read_dir(cases.join(kind)).unwrap() {
            let path = file.unwrap().path();
            let case: serde_json::Value = serde_json::from_slice(&fs::read(&path).unwrap()).unwrap();
            let Some(lines) = case["expect"]["describe"].as_array() else { continue };
            let lines: Vec<&str> = lines.iter().map(|line| line.as_str().unwrap()).collect();
            let nodes = parse(&lines);
            let mut texts = Vec::new();
            for bits in 0..8 {
                let order = order(&nodes, bits & 1 == 1, bits & 2 == 2);
                let topology = rebuild(&nodes, order, bits & 4 == 4).unwrap();
                texts.push(topology.build(&config).unwrap().description().to_string());
            }
            seen += 1;
            if !texts.contains(&lines.join("\n")) {
                wrong.push(format!("{}:\n{}\n--- but\n{}", path.display(), lines.join("\n"), texts[0]));
            }
        }
    }
    assert!(seen > 300, "only {seen} cases were found");
    assert!(wrong.is_empty(), "{} of {seen} differ:\n{}", wrong.len(), wrong.join("\n"));
}
