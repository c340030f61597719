//! `streams-bench`: the measurements of benches/README.md.

mod apps;
mod driver;
mod process;
mod run;
mod soak;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// The JVM brings an allocator of its own; the system's is slow at records' small strings.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Measures the library. Every measurement prints one line, beginning with `rust`.
#[derive(Debug, Parser)]
#[command(name = "streams-bench", version)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an application on Kafka until it has read N records of the topic `bench-lines`.
    Run(run::Args),
    /// Run topologies on the test driver: records per CPU second.
    Driver(driver::Args),
    /// A day of a broker in ten minutes: is its memory flat, and its disk bounded by retention?
    Soak(soak::Args),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Run(args) => run::run(&args),
        Command::Driver(args) => driver::run(&args),
        Command::Soak(args) => soak::run(&args),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("streams-bench: {error}");
            ExitCode::FAILURE
        }
    }
}
