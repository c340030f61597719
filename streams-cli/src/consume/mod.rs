//! `streams consume`: records on standard output.

mod format;
mod reader;

use std::io::{self, Write};
use std::sync::Arc;

use futures::StreamExt;
use futures::stream::select_all;
use rdkafka::consumer::Consumer;
use rdkafka::error::KafkaError;
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::Notify;

pub(crate) use format::Format;

use crate::args::ConsumeArgs;
use crate::client::{Client, is_transient};
use crate::failure::Failure;
use crate::output;
use format::write;
use reader::Reader;

pub(crate) async fn run(args: ConsumeArgs) -> Result<(), Failure> {
    let probe = args.connection.consumer(None)?;
    args.connection.reach(&probe)?;
    let mut topics: Vec<(&str, Vec<i32>)> = Vec::new();
    for topic in &args.topics {
        if topics.iter().all(|(other, _)| other != topic) {
            topics.push((topic, partitions(&args, &probe, topic)?));
        }
    }
    let changed = Arc::new(Notify::new());
    // The event that tells the end of a partition does not name the topic: each topic has a reader of its own.
    let at_once = if args.exit_at_end { 1 } else { topics.len() };
    let readers = topics
        .chunks(at_once)
        .map(|topics| Reader::new(&args, topics, &probe, &changed))
        .collect::<Result<Vec<_>, _>>()?;
    let result = print(&args, &readers, &changed).await;
    if args.group.is_some() {
        leave(&args, readers).await?;
    }
    result
}

/// Commits what was printed and leaves the group. The broker may be gone: after the time for an answer nobody waits.
async fn leave(args: &ConsumeArgs, readers: Vec<Reader>) -> Result<(), Failure> {
    let (told, done) = tokio::sync::oneshot::channel();
    std::thread::spawn(move || {
        let result = readers.iter().try_for_each(Reader::commit);
        drop(readers);
        told.send(result)
    });
    match tokio::time::timeout(args.connection.timeout(), done).await {
        Ok(Ok(result)) => result,
        _ => Err(Failure::new(format!(
            "no broker answered within {} ms: what was printed last may not be committed",
            args.connection.timeout_ms
        ))),
    }
}

/// The partitions of a topic that are to be read.
fn partitions(args: &ConsumeArgs, probe: &Client, topic: &str) -> Result<Vec<i32>, Failure> {
    let all = args.connection.partitions(probe, topic)?;
    match args.partition {
        None => Ok(all),
        Some(only) if all.contains(&only) => Ok(vec![only]),
        Some(only) => Err(Failure::new(format!(
            "topic {topic} has no partition {only}: it has {}, from 0 on",
            all.len()
        ))),
    }
}

async fn print(args: &ConsumeArgs, readers: &[Reader], changed: &Notify) -> Result<(), Failure> {
    let mut left = args.max.unwrap_or(u64::MAX);
    let mut lost = false;
    let streams = readers.iter().map(|reader| reader.consumer.stream().map(move |event| (reader, event)));
    let mut events = select_all(streams);
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut out = io::BufWriter::new(io::stdout().lock());
    while left > 0 && !(args.exit_at_end && readers.iter().all(Reader::is_done)) {
        let next = tokio::select! {
            biased;
            result = &mut interrupted => { result?; break }
            _ = terminate.recv() => break,
            next = events.next() => next,
            () = changed.notified() => continue,
        };
        match next {
            Some((reader, Ok(message))) => {
                write(args, &message, &mut out)?;
                out.flush()?;
                reader.consumer.store_offset_from_message(&message)?;
                left -= 1;
                lost = false;
            }
            Some((reader, Err(KafkaError::PartitionEOF(partition)))) => reader.ended(partition),
            Some((_, Err(error))) if is_transient(&error) => {
                if !lost {
                    warn(args, &format!("{error}; going on when the broker is back"));
                }
                lost = true;
            }
            Some((_, Err(error))) => return Err(error.into()),
            None => break,
        }
    }
    Ok(())
}

/// Tells of something that ends nothing.
fn warn(args: &ConsumeArgs, text: &str) {
    match args.connection.json {
        true => output::note(json!({ "warning": text })),
        false => output::note(format_args!("streams: {text}")),
    }
}
