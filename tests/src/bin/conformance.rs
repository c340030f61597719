//! Runs golden cases: `conformance [--filter TEXT] [--verbose] PATH…`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use streams_tests::{Variation, case_files, report, run_files, totals};

/// Compares this library with what real Kafka Streams did in golden cases.
#[derive(Debug, Parser)]
struct Arguments {
    /// Case files, or directories that hold some (at any depth).
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Only cases whose name contains this, or that have this feature.
    #[arg(long, value_name = "TEXT")]
    filter: Option<String>,
    /// Run with the DSL's stores in memory instead of on disk, and the reverse.
    #[arg(long)]
    other_store: bool,
    /// Run with restarts of the application between steps, as far as cases allow that.
    #[arg(long, conflicts_with = "other_store")]
    restarts: bool,
    /// Print differences in full.
    #[arg(long)]
    verbose: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let mut files = Vec::new();
    for path in &arguments.paths {
        match case_files(path) {
            Ok(found) => files.extend(found),
            Err(error) => {
                eprintln!("cannot read {}: {error}", path.display());
                return ExitCode::FAILURE;
            }
        }
    }
    let variation = match (arguments.other_store, arguments.restarts) {
        (true, _) => Variation::OtherStore,
        (_, true) => Variation::Restarts,
        _ => Variation::None,
    };
    let results = run_files(&files, arguments.filter.as_deref(), variation);
    print!("{}", report(&results, arguments.verbose));
    if totals(&results).failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
