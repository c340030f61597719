//! A consumer: prints what arrives in a topic of words and counts, such as the output of `word_count`.
//!
//! ```sh
//! cargo run --bin consumer -- 127.0.0.1:9092 word-counts my-group
//! ```
//!
//! Several copies with one group share the topic's partitions. Ctrl-C ends it; the next run goes on where this one ended.

use std::error::Error;

use rdkafka::ClientConfig;
use rdkafka::Message;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(bootstrap_servers), Some(topic), Some(group)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: consumer HOST:PORT TOPIC GROUP".into());
    };

    let consumer: StreamConsumer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap_servers)
        .set("group.id", group)
        .set("auto.offset.reset", "earliest") // where a new group begins
        .set("enable.auto.commit", "false")
        .create()?;
    consumer.subscribe(&[&topic])?;

    loop {
        let message = tokio::select! {
            message = consumer.recv() => message?,
            _ = tokio::signal::ctrl_c() => break,
        };
        let word = String::from_utf8_lossy(message.key().unwrap_or_default()).into_owned();
        match message.payload().map(<[u8; 8]>::try_from) {
            Some(Ok(bytes)) => println!("{word}: {}", i64::from_be_bytes(bytes)),
            Some(Err(_)) => println!("{word}: not a count of 8 bytes"),
            None => println!("{word}: deleted"),
        }
        // Commit after the work is done: after a crash a record may be printed again, but none is lost.
        consumer.commit_message(&message, CommitMode::Async)?;
    }
    Ok(())
}
