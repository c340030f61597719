//! `streams broker`: a broker in the foreground.

use std::time::Instant;

use serde_json::json;
use streams_broker::EmbeddedBroker;
use tokio::signal::unix::{SignalKind, signal};

use crate::args::BrokerArgs;
use crate::failure::Failure;
use crate::output;

pub(crate) async fn run(args: BrokerArgs) -> Result<(), Failure> {
    let started = Instant::now();
    raise_file_limit();
    let broker = start(&args).await?;
    for (name, partitions) in &args.topics {
        broker
            .create_topic(name, *partitions)
            .map_err(|error| Failure::of("cannot create a topic of --topic", error))?;
    }
    let (address, ms) = (broker.bootstrap_servers(), started.elapsed().as_millis());
    match args.json {
        true => output::line(json!({ "ready": address, "ms": u64::try_from(ms).unwrap_or(u64::MAX) }))?,
        false => output::line(format_args!("streams broker ready at {address} after {ms} ms"))?,
    }
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        result = tokio::signal::ctrl_c() => result?,
        _ = terminate.recv() => {}
    }
    // Who has read that the broker is ready may have gone: that is no reason not to stop cleanly.
    let told = if args.json { Ok(()) } else { output::line("stopping") };
    broker.shutdown().await.map_err(|error| Failure::of("the broker did not stop cleanly", error))?;
    told
}

async fn start(args: &BrokerArgs) -> Result<EmbeddedBroker, Failure> {
    let mut builder = EmbeddedBroker::builder()
        .listen(&args.listen)
        .auto_create_topics(!args.no_auto_create)
        .default_partitions(args.default_partitions);
    builder = match &args.data_dir {
        Some(dir) => builder.data_dir(dir),
        None => {
            output::note("streams: no --data-dir: all records are deleted when the broker stops");
            builder.temporary()
        }
    };
    if args.allow_remote {
        builder = builder.allow_remote();
    }
    if let Some(file) = &args.sasl_users {
        builder = builder.sasl_users_file(file);
    }
    if let (Some(certificate), Some(key)) = (&args.tls_cert, &args.tls_key) {
        builder = builder.tls(certificate, key);
    }
    if let Some(address) = &args.advertise {
        builder = builder.advertised_address(address);
    }
    for (key, value) in &args.config {
        builder = builder.config(key, value);
    }
    builder.start().await.map_err(|error| Failure::of("cannot start the broker", error))
}

/// Lets the process have as many files open as it may: each connection takes one, and so does each segment
/// that is read or written, of which a broker may have thousands. The usual limit, 1024, is for programs
/// that use `select`.
fn raise_file_limit() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    if limit.current != limit.maximum {
        // What cannot be raised, as without a maximum on macOS, stays as it is.
        let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    }
}

/// A topic of `--topic`, and its number of partitions if that is given.
pub(crate) fn parse_topic(text: &str) -> Result<(String, Option<u32>), &'static str> {
    let Some((name, partitions)) = text.split_once(':') else { return Ok((text.to_owned(), None)) };
    let partitions = partitions.parse().ok().filter(|partitions| *partitions > 0);
    let partitions = partitions.ok_or("the number of partitions after the colon is a positive number")?;
    Ok((name.to_owned(), Some(partitions)))
}

#[cfg(test)]
mod tests {
    use rustix::process::{Resource, getrlimit};

    use super::*;

    #[test]
    fn as_many_files_may_be_open_as_the_system_allows() {
        raise_file_limit();
        let limit = getrlimit(Resource::Nofile);
        assert!(limit.current == limit.maximum || limit.maximum.is_none(), "{limit:?}");
    }
}
