//! `streams`: an embedded broker, topics, records and groups from the command line.

mod args;
mod broker;
mod client;
mod consume;
mod failure;
mod groups;
mod output;
mod perf;
mod produce;
mod topics;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use failure::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let json = cli.command.prints_json();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(&cli.log))
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .init();
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) if json => {
            eprintln!("{}", serde_json::json!({ "error": failure.to_string() }));
            ExitCode::FAILURE
        }
        Err(failure) => {
            eprintln!("streams: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Completions { shell } => {
            clap_complete::generate(shell, &mut Cli::command(), "streams", &mut std::io::stdout());
            Ok(())
        }
        command => tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()?
            .block_on(run_command(command)),
    }
}

async fn run_command(command: Command) -> Result<(), Failure> {
    match command {
        Command::Broker(args) => broker::run(args).await,
        Command::Topics { connection, command } => topics::run(&connection, command).await,
        Command::Produce(args) => produce::run(args).await,
        Command::Consume(args) => consume::run(args).await,
        Command::Groups { connection, command } => groups::run(&connection, command).await,
        Command::Perf { connection, command } => perf::run(connection, command).await,
        Command::Completions { .. } => Ok(()),
    }
}
