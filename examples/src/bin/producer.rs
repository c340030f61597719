//! A producer: sends the lines of standard input to a topic, keyed by their first word.
//!
//! ```sh
//! streams broker &
//! echo 'hello streams' | cargo run --bin producer -- 127.0.0.1:9092 lines
//! ```

use std::error::Error;
use std::io::BufRead;
use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::producer::{FutureProducer, FutureRecord};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut args = std::env::args().skip(1);
    let (Some(bootstrap_servers), Some(topic)) = (args.next(), args.next()) else {
        return Err("usage: producer HOST:PORT TOPIC < LINES".into());
    };

    let producer: FutureProducer = ClientConfig::new()
        .set("bootstrap.servers", bootstrap_servers)
        .set("enable.idempotence", "true") // no duplicates when a send is retried
        .create()?;

    for line in std::io::stdin().lock().lines() {
        let line = line?;
        let key = line.split_whitespace().next().unwrap_or_default();
        let record = FutureRecord::to(&topic).key(key).payload(&line);
        // Waits until the broker has the record. A real program would send many before it waits.
        let delivered = producer.send(record, Duration::from_secs(10)).await.map_err(|(error, _)| error)?;
        println!("{topic}-{}@{}: {line}", delivered.partition, delivered.offset);
    }
    Ok(())
}
