//! The grammar of `streams perf`.

use clap::{Args, Subcommand, ValueEnum};

#[derive(Debug, Subcommand)]
pub(crate) enum PerfCommand {
    /// Write records as fast as they are taken, or at a given rate; show throughput and time to acknowledgement.
    Produce(PerfProduceArgs),
    /// Read records from the oldest on as fast as they come; show throughput.
    Consume(PerfConsumeArgs),
    /// Write records one after the other and read each back; show the time from one end to the other.
    Latency(PerfLatencyArgs),
}

/// How records are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Compression {
    None,
    Gzip,
    Snappy,
    Lz4,
    Zstd,
}

impl Compression {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Snappy => "snappy",
            Self::Lz4 => "lz4",
            Self::Zstd => "zstd",
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct PerfProduceArgs {
    /// The topic.
    pub(crate) topic: String,
    /// Number of records.
    #[arg(long, short = 'n', default_value_t = 1_000_000, value_name = "N")]
    pub(crate) records: u64,
    /// Size of each value in bytes.
    #[arg(long, short = 's', default_value_t = 100, value_name = "BYTES", value_parser = size)]
    pub(crate) size: usize,
    /// Records per second at most; as fast as possible if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) throughput: Option<u64>,
    /// Number of distinct keys; records have no key if not given.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) keys: Option<u64>,
    /// How many replicas must have a record before it is acknowledged: 0, 1 or all.
    #[arg(long, default_value = "all", value_parser = ["0", "1", "all"])]
    pub(crate) acks: String,
    /// How long a batch waits for more records, in milliseconds.
    #[arg(long, default_value_t = 5, value_name = "MS")]
    pub(crate) linger_ms: u64,
    /// Size of a batch at most, in bytes.
    #[arg(long, default_value_t = 1_000_000, value_name = "BYTES")]
    pub(crate) batch_bytes: u64,
    /// How batches are compressed.
    #[arg(long, value_enum, default_value_t = Compression::None)]
    pub(crate) compression: Compression,
}

#[derive(Debug, Args)]
pub(crate) struct PerfConsumeArgs {
    /// The topic.
    pub(crate) topic: String,
    /// Stop after this many records; at the end of all partitions if not given.
    #[arg(long, short = 'n', value_name = "N")]
    pub(crate) records: Option<u64>,
    /// How much a fetch asks for at most for each partition, in bytes.
    #[arg(long, default_value_t = 1_048_576, value_name = "BYTES")]
    pub(crate) fetch_bytes: u64,
}

#[derive(Debug, Args)]
pub(crate) struct PerfLatencyArgs {
    /// The topic.
    pub(crate) topic: String,
    /// Number of records.
    #[arg(long, short = 'n', default_value_t = 1_000, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) records: u64,
    /// Size of each value in bytes.
    #[arg(long, short = 's', default_value_t = 100, value_name = "BYTES", value_parser = size)]
    pub(crate) size: usize,
    /// How many replicas must have a record before it is acknowledged: 0, 1 or all.
    #[arg(long, default_value = "all", value_parser = ["0", "1", "all"])]
    pub(crate) acks: String,
}

/// The size of a value: as much as librdkafka can send at most.
fn size(text: &str) -> Result<usize, String> {
    const MOST: usize = 1_000_000_000;
    let size: usize = text.parse().map_err(|_| format!("expected a number up to {MOST}"))?;
    if size <= MOST { Ok(size) } else { Err(format!("at most {MOST}")) }
}
