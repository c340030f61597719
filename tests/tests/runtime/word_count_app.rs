//! Word count as a topology of the Processor API: split, repartition by word, count in a store.

use std::collections::BTreeMap;

use streams_core::{
    BoxError, KafkaStreams, KeyValueStore, KeyValueStoreBuilder, Processor, ProcessorContext, Record,
    RepartitionOptions, Sink, Source, StoreRef, StreamPartitioner, StreamsConfig, Topology,
};

use crate::cluster::{Cluster, close, start};

struct Split;

impl Processor<String, String, String, String> for Split {
    fn process(
        &mut self,
        record: Record<String, String>,
        ctx: &mut ProcessorContext<'_, String, String>,
    ) -> Result<(), BoxError> {
        for word in record.value.split_whitespace() {
            ctx.forward(Record::new(word.to_owned(), word.to_owned(), record.timestamp))?;
        }
        Ok(())
    }
}

#[derive(Default)]
struct Count {
    counts: Option<StoreRef<KeyValueStore<String, i64>>>,
}

impl Processor<String, String, String, i64> for Count {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, String, i64>) -> Result<(), BoxError> {
        self.counts = Some(ctx.store_ref("counts")?);
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<String, String>,
        ctx: &mut ProcessorContext<'_, String, i64>,
    ) -> Result<(), BoxError> {
        let counts = self.counts.ok_or("not initialized")?;
        let store = ctx.store(&counts)?;
        let count = store.get(&record.key)?.unwrap_or(0) + 1;
        store.put(&record.key, &count)?;
        Ok(ctx.forward(record.with_value(count))?)
    }
}

/// Counts the words of `input` into `output`.
pub(crate) fn topology(input: &str, output: &str, persistent: bool) -> Topology {
    with_sink(input, Sink::to("to-counts", output), persistent)
}

/// As [`topology`], in memory; `partitioner` says which partition of `output` a count goes to.
pub(crate) fn partitioned(
    input: &str,
    output: &str,
    partitioner: impl StreamPartitioner<String, i64>,
) -> Topology {
    with_sink(input, Sink::to("to-counts", output).with_partitioner(partitioner), false)
}

fn with_sink(input: &str, sink: Sink<String, i64>, persistent: bool) -> Topology {
    let counts = if persistent {
        KeyValueStoreBuilder::<String, i64>::persistent("counts")
    } else {
        KeyValueStoreBuilder::<String, i64>::in_memory("counts")
    };
    let mut topology = Topology::new();
    topology
        .add_source(Source::<String, String>::new("lines", [input]))
        .unwrap()
        .add_processor("split", || Split, ["lines"])
        .unwrap()
        .add_repartition_topic("words-repartition", RepartitionOptions::default())
        .unwrap()
        .add_sink(Sink::<String, String>::to("to-words", "words-repartition"), ["split"])
        .unwrap()
        .add_source(Source::<String, String>::new("words", ["words-repartition"]))
        .unwrap()
        .add_processor("count", Count::default, ["words"])
        .unwrap()
        .add_state_store(counts, ["count"])
        .unwrap()
        .add_sink(sink, ["count"])
        .unwrap();
    topology
}

/// Word count on a cluster: its topics, and the lines that were written so far.
pub(crate) struct Words<'c> {
    pub(crate) cluster: &'c Cluster,
    pub(crate) input: String,
    pub(crate) output: String,
    pub(crate) lines: Vec<String>,
    rounds: u64,
}

impl<'c> Words<'c> {
    /// Creates the topics with these numbers of partitions.
    pub(crate) fn new(cluster: &'c Cluster, (lines, counts): (i32, i32)) -> Self {
        let (input, output) = (cluster.name("lines"), cluster.name("counts"));
        cluster.create_topic(&input, lines);
        cluster.create_topic(&output, counts);
        Self { cluster, input, output, lines: Vec::new(), rounds: 0 }
    }

    /// An instance that keeps its state on disk.
    pub(crate) fn streams(&self, config: StreamsConfig) -> KafkaStreams {
        KafkaStreams::new(&topology(&self.input, &self.output, true), config).unwrap()
    }

    /// An instance runs until it has counted 100 more lines, and is closed.
    pub(crate) fn run_once(&mut self, config: StreamsConfig) {
        let streams = self.streams(config);
        start(&streams);
        self.write(100);
        self.await_counted();
        close(&streams);
    }

    /// Writes so many more lines.
    pub(crate) fn write(&mut self, count: usize) {
        self.rounds += 1;
        let more = text(self.rounds, count);
        self.cluster.produce(&self.input, more.iter().map(String::as_str));
        self.lines.extend(more);
    }

    /// What the counts must be.
    pub(crate) fn expected(&self) -> BTreeMap<String, i64> {
        count(self.lines.iter().map(String::as_str))
    }

    /// Waits until all lines are counted, each once.
    pub(crate) fn await_counted(&self) {
        self.cluster.await_counts(&self.output, &self.expected());
    }
}

/// What the counts must be.
pub(crate) fn count<'a>(lines: impl IntoIterator<Item = &'a str>) -> BTreeMap<String, i64> {
    let mut counts = BTreeMap::new();
    for word in lines.into_iter().flat_map(str::split_whitespace) {
        *counts.entry(word.to_owned()).or_insert(0) += 1;
    }
    counts
}

/// `count` lines of words from a vocabulary of 50, the same for the same seed.
fn text(seed: u64, count: usize) -> Vec<String> {
    let mut state = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..count).map(|_| (0..8).map(|_| format!("w{}", next() % 50)).collect::<Vec<_>>().join(" ")).collect()
}
