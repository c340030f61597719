//! One function for each decoder that reads from the network or from the disk, for tests that feed
//! it what nobody would send. Compiled for tests, and for `cargo fuzz` (which sets `cfg(fuzzing)`).
//!
//! `cargo test -p streams-broker fuzz` changes valid inputs at random, but the same way each time;
//! `FUZZ_ITERATIONS=1000000` does so for longer, `FUZZ_SEED=2` in another way.

mod coordinator;
mod disk;
#[cfg(test)]
mod drive;
mod handlers;
mod network;
mod requests;

/// A decoder with inputs to begin with.
#[derive(Debug, Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// Valid inputs.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Makes checksums right again, so that what lies behind them is reached.
    pub repair: fn(&mut [u8]),
    /// Decodes an input. It must not panic, hang, or take more memory than `memory` says.
    pub run: fn(&[u8]),
    /// Bytes that it may allocate at once for an input of this length.
    pub memory: fn(usize) -> usize,
    /// How much slower it is than decoding alone.
    pub cost: usize,
}

/// All of them.
pub const TARGETS: &[Target] = &[
    Target { name: "frame", seeds: requests::frames, run: network::frame, memory: few, ..PLAIN },
    Target { name: "request", seeds: requests::frames, run: requests::decode, memory: few, ..PLAIN },
    Target {
        name: "handler",
        seeds: requests::frames,
        run: handlers::handle,
        // Handlers keep state and make answers; the answer to a list of topics is not short.
        memory: |length| (64 << 20) + few(length),
        cost: 20,
        ..PLAIN
    },
    Target { name: "sasl", seeds: network::sasl_seeds, run: network::sasl, memory: few, ..PLAIN },
    Target {
        name: "batch",
        seeds: disk::batch_seeds,
        repair: disk::repair_batch,
        run: disk::batch,
        memory: |length| (192 << 20) + few(length),
        cost: 4,
    },
    Target {
        name: "segment",
        seeds: disk::segment_seeds,
        repair: disk::repair_batch,
        run: disk::segment,
        memory: |length| (192 << 20) + few(length),
        cost: 20,
    },
    Target {
        name: "index",
        seeds: disk::index_seeds,
        repair: disk::repair_index,
        run: disk::index,
        memory: few,
        cost: 20,
    },
    Target {
        name: "producers",
        seeds: disk::producers_seeds,
        repair: disk::repair_line,
        run: disk::producers,
        memory: few,
        cost: 20,
    },
    Target {
        name: "checkpoint",
        seeds: disk::checkpoint_seeds,
        repair: disk::repair_line,
        run: disk::checkpoint,
        memory: few,
        cost: 20,
    },
    Target {
        name: "settings",
        seeds: disk::settings_seeds,
        run: disk::settings,
        memory: few,
        cost: 10,
        ..PLAIN
    },
    Target {
        name: "group_record",
        seeds: coordinator::group_seeds,
        run: coordinator::group_record,
        memory: few,
        cost: 2,
        ..PLAIN
    },
    Target {
        name: "transaction_record",
        seeds: coordinator::transaction_seeds,
        run: coordinator::transaction_record,
        memory: few,
        ..PLAIN
    },
    Target {
        name: "subscription",
        seeds: coordinator::subscription_seeds,
        run: coordinator::subscription,
        memory: few,
        ..PLAIN
    },
];

const PLAIN: Target = Target { name: "", seeds: Vec::new, repair: |_| {}, run: |_| {}, memory: few, cost: 1 };

/// What decoding of elements takes: each byte of input may stand for one.
fn few(length: usize) -> usize {
    (1 << 20) + 512 * length
}

/// Runs a target by its name; for `cargo fuzz`.
pub fn run(name: &str, input: &[u8]) {
    for target in TARGETS.iter().filter(|target| target.name == name) {
        (target.run)(input);
    }
}
