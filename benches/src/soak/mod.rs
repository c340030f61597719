//! A day of a broker's life, compressed: what is an hour in its settings is 25 seconds here.
//!
//! The load writes, reads, compacts, commits, aborts, joins and leaves groups, creates and deletes topics. After a
//! quarter of the time, in which caches fill, memory must not grow, and disk never beyond what retention allows.

mod broker;
mod load;

use std::path::PathBuf;
use std::thread;
use std::time::{Duration, Instant};

use broker::Broker;
use load::Load;

use streams_dsl::prelude::BoxError;

#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The executable `streams`, whose broker is soaked.
    #[arg(long)]
    broker: PathBuf,
    /// How long. It stands for 24 hours.
    #[arg(long, default_value_t = 10)]
    minutes: u64,
    /// Bytes a second that are written to the topic with time-based retention.
    #[arg(long, default_value_t = 4_000_000)]
    rate: u64,
}

/// What the broker occupies at one time.
#[derive(Debug, Clone, Copy)]
struct Sample {
    memory_kib: u64,
    disk: u64,
}

pub(crate) fn run(args: &Args) -> Result<(), BoxError> {
    let total = Duration::from_secs(args.minutes * 60);
    let hour = total / 24;
    let broker = Broker::start(&args.broker, hour)?;
    let idle = broker.sample()?;
    let mut load = Load::start(broker.address(), hour, args.rate);
    let (begin, mut samples) = (Instant::now(), Vec::new());
    while begin.elapsed() < total {
        thread::sleep(hour / 5);
        load.check()?;
        samples.push(broker.sample()?);
        if samples.len() % 5 == 0 {
            let Sample { memory_kib, disk } = samples[samples.len() - 1];
            println!(
                "hour {:2}: {} KiB of memory, {} MB of disk, {load}",
                samples.len() / 5,
                memory_kib,
                disk / 1_000_000
            );
        }
    }
    let counts = load.stop()?;
    println!("{counts}; idle at the start: {} KiB", idle.memory_kib);
    verdict(&samples, args.rate, hour)
}

fn verdict(samples: &[Sample], rate: u64, hour: Duration) -> Result<(), BoxError> {
    let warm = &samples[samples.len() / 4..];
    let (early, late) = warm.split_at(warm.len() / 2);
    let most = |samples: &[Sample], of: fn(&Sample) -> u64| samples.iter().map(of).max().unwrap_or(0);
    let memory = (most(early, |s| s.memory_kib), most(late, |s| s.memory_kib));
    let disk = (most(early, |s| s.disk), most(late, |s| s.disk));
    // Retention keeps an hour and the segments that it lies in, and looks every tenth of an hour. What else there is
    // gets a hundred megabytes.
    let bound = (rate as f64 * hour.as_secs_f64() * 1.5) as u64 + 100_000_000;
    println!(
        "memory at most {} KiB, then {} KiB; disk at most {} bytes, then {}",
        memory.0, memory.1, disk.0, disk.1
    );
    if memory.1 > memory.0 + memory.0 / 10 + 1024 {
        return Err(format!("memory grows: from {} KiB to {} KiB", memory.0, memory.1).into());
    }
    if disk.0.max(disk.1) > bound {
        return Err(format!("{} bytes on disk, where retention allows {bound}", disk.0.max(disk.1)).into());
    }
    println!("memory is flat, disk is bounded (by {bound} bytes)");
    Ok(())
}
