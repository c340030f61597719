//! The applications that are measured, the same as on the JVM (benches/jvm).

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use clap::ValueEnum;
use streams_dsl::prelude::*;

/// The topic that all applications read: lines of eight words, keyed by one of 1,000 users, in four partitions.
pub(crate) const INPUT: &str = "bench-lines";

/// An application.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum App {
    /// Lines from topic to topic.
    Passthrough,
    /// Upper case, a filter, and a new key.
    Filter,
    /// Lines by key: no repartition topic.
    Count,
    /// Words: a repartition topic between the two halves.
    Wordcount,
    /// Lines by key and by windows of ten seconds.
    Windowed,
    /// Lines joined with the table of the latest line by key.
    Join,
}

impl App {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Passthrough => "passthrough",
            Self::Filter => "filter",
            Self::Count => "count",
            Self::Wordcount => "wordcount",
            Self::Windowed => "windowed",
            Self::Join => "join",
        }
    }
}

/// Counts input records as they come by, and notes when the first and the last came.
#[derive(Debug)]
pub(crate) struct Progress {
    seen: AtomicU64,
    start: Instant,
    expected: u64,
    first_ns: AtomicU64,
    last_ns: AtomicU64,
}

impl Progress {
    pub(crate) fn new(expected: u64) -> Arc<Self> {
        Arc::new(Self {
            seen: AtomicU64::new(0),
            start: Instant::now(),
            expected,
            first_ns: AtomicU64::new(0),
            last_ns: AtomicU64::new(0),
        })
    }

    fn count(&self) {
        let seen = self.seen.fetch_add(1, Ordering::Relaxed) + 1;
        if seen == 1 {
            self.first_ns.store(self.now_ns(), Ordering::Relaxed);
        }
        if seen == self.expected {
            self.last_ns.store(self.now_ns(), Ordering::Release);
        }
    }

    fn now_ns(&self) -> u64 {
        u64::try_from(self.start.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    pub(crate) fn seen(&self) -> u64 {
        self.seen.load(Ordering::Relaxed)
    }

    /// Seconds from the start of the process to the first record.
    pub(crate) fn first_seconds(&self) -> f64 {
        self.first_ns.load(Ordering::Relaxed) as f64 / 1e9
    }

    /// Seconds from the start of the process to the last expected record, once it has come.
    pub(crate) fn last_seconds(&self) -> Option<f64> {
        let last = self.last_ns.load(Ordering::Acquire);
        (last > 0).then_some(last as f64 / 1e9)
    }

    pub(crate) fn elapsed_seconds(&self) -> f64 {
        self.start.elapsed().as_secs_f64()
    }
}

/// The application's topology, which writes to `output`.
pub(crate) fn topology(app: App, output: &str, progress: &Arc<Progress>) -> Result<Topology, Error> {
    let builder = StreamsBuilder::new();
    let progress = Arc::clone(progress);
    let lines = builder.stream::<String, String>(INPUT).peek(move |_, _| progress.count());
    match app {
        App::Passthrough => lines.to(output),
        App::Filter => lines
            .map_values(|line| line.to_uppercase())
            .filter(|_, line| line.chars().count() % 2 == 0)
            .map(|_, line| (line.chars().take(1).collect::<String>(), line))
            .to(output),
        App::Count => lines.group_by_key().count_with(Materialized::as_("counts")).to_stream().to(output),
        App::Wordcount => lines
            .flat_map_values(|line| line.split(' ').map(str::to_owned).collect::<Vec<_>>())
            .group_by(|_, word| word.clone())
            .count_with(Materialized::as_("counts"))
            .to_stream()
            .to(output),
        App::Windowed => lines
            .group_by_key()
            .windowed_by(TimeWindows::of_size_with_no_grace(Duration::from_secs(10)))
            .count_with(Materialized::as_("counts"))
            .to_stream()
            .select_key(|windowed, _| windowed.key.clone())
            .to(output),
        App::Join => {
            let table = lines.to_table_with::<String>(Materialized::as_("tbl"));
            lines.join_table(&table, |line, latest| format!("{}:{}", line.len(), latest.len())).to(output);
        }
    }
    builder.build()
}
