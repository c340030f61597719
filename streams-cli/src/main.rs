//! `streams`: an embedded broker, topics, records and groups from the command line.

mod args;
mod broker;
mod client;
mod consume;
mod failure;
mod groups;
mod lag;
mod output;
mod perf;
mod produce;
mod topics;

use std::io::IsTerminal;
use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use args::{Cli, Command};
use failure::Failure;

/// Nobody reads standard output any more: what shells report of a program that `SIGPIPE` (13) has ended, as most are.
/// The signal itself is ignored, so that a connection that breaks does not end the broker.
const READER_GONE: u8 = 128 + 13;

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
        Err(Failure::ReaderGone) => ExitCode::from(READER_GONE),
        Err(Failure::Messages(messages)) => {
            for message in messages {
                match json {
                    true => output::note(serde_json::json!({ "error": message })),
                    false => output::note(format_args!("streams: {message}")),
                }
            }
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<(), Failure> {
    match cli.command {
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Cli::command(), "streams", &mut script);
            output::all(&script)
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
