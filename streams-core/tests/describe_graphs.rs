//! `describe()` on tangled graphs, against what Kafka Streams 4.3.1 printed for the same calls.

use std::collections::BTreeMap;

use streams_core::{
    BoxError, Processor, ProcessorContext, Record, Result, Sink, Source, StateStore, StoreBuilder,
    StoreContext, Topology,
};

const GOLDEN: &str = include_str!("golden/describe.txt");

struct Nothing;

impl Processor<String, String, String, String> for Nothing {
    fn process(
        &mut self,
        _: Record<String, String>,
        _: &mut ProcessorContext<'_, String, String>,
    ) -> Result<(), BoxError> {
        Ok(())
    }
}

#[derive(Debug)]
struct NamedStore(String);

impl StoreBuilder for NamedStore {
    fn name(&self) -> &str {
        &self.0
    }

    fn logging_enabled(&self) -> bool {
        true
    }

    fn changelog_config(&self, _: i64) -> BTreeMap<String, String> {
        BTreeMap::new()
    }

    fn build(&self, _: &StoreContext<'_>) -> Result<Box<dyn StateStore>> {
        Err(streams_core::Error::bug("this store is never made"))
    }
}

fn apply(topology: &mut Topology, call: &str) -> Result<()> {
    let words: Vec<&str> = call.split(' ').collect();
    match words[0] {
        "S" => topology.add_source(Source::<String, String>::new(words[1], words[2..].to_vec()))?,
        "P" => topology.add_source(Source::<String, String>::matching(words[1], words[2])?)?,
        "N" => topology.add_processor(words[1], || Nothing, words[2..].to_vec())?,
        "K" => topology.add_sink(Sink::<String, String>::to(words[1], words[2]), words[3..].to_vec())?,
        "T" => topology.add_state_store(NamedStore(words[1].to_owned()), [words[2]])?,
        other => panic!("unknown call {other}"),
    };
    Ok(())
}

#[test]
fn tangled_graphs_are_described_to_the_letter() {
    let graphs: Vec<&str> = GOLDEN.split("GRAPH\n").skip(1).collect();
    assert!(graphs.len() >= 10);
    for graph in graphs {
        let (calls, text) = graph.split_once("DESCRIBE\n").unwrap();
        let mut topology = Topology::new();
        for call in calls.lines() {
            apply(&mut topology, call).unwrap();
        }
        // The file has one newline more, from printing the text as a line.
        assert_eq!(format!("{}\n", topology.describe()), text, "for the calls\n{calls}");
    }
}
