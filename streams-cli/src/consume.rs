//! `streams consume`: records on standard output.

use std::collections::BTreeSet;
use std::io::{self, Write};

use futures::StreamExt;
use futures::stream::select_all;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Map, Value, json};

use crate::args::{ConsumeArgs, Encoding};
use crate::failure::Failure;

pub(crate) async fn run(args: ConsumeArgs) -> Result<(), Failure> {
    let probe = args.connection.consumer(None)?;
    args.connection.reach(&probe)?;
    let mut topics = Vec::new();
    for topic in &args.topics {
        topics.push((topic.as_str(), partitions(&args, &probe, topic)?));
    }
    let readers = match args.exit_at_end {
        // The event that tells the end of a partition does not name the topic: each topic has a reader of its own.
        true => topics.chunks(1).map(|topics| Reader::new(&args, topics)).collect::<Result<Vec<_>, _>>()?,
        false => vec![Reader::new(&args, &topics)?],
    };
    let result = print(&args, &readers).await;
    if args.group.is_some() {
        for reader in &readers {
            match reader.consumer.commit_consumer_state(CommitMode::Sync) {
                Ok(()) | Err(KafkaError::ConsumerCommit(rdkafka::error::RDKafkaErrorCode::NoOffset)) => {}
                Err(error) => return Err(Failure::of("the group's offsets were not committed", error)),
            }
        }
    }
    result
}

/// The partitions of a topic that are to be read.
fn partitions(args: &ConsumeArgs, probe: &BaseConsumer, topic: &str) -> Result<Vec<i32>, Failure> {
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

/// A consumer, and the partitions that it reads.
struct Reader {
    consumer: StreamConsumer,
    partitions: BTreeSet<i32>,
}

impl Reader {
    fn new(args: &ConsumeArgs, topics: &[(&str, Vec<i32>)]) -> Result<Self, Failure> {
        let config = args.connection.config(&[
            ("group.id", args.group.as_deref().unwrap_or("streams-cli")),
            ("enable.auto.commit", "false"),
            ("enable.auto.offset.store", "false"),
            ("enable.partition.eof", "true"),
            ("auto.offset.reset", if args.from_beginning { "earliest" } else { "latest" }),
        ]);
        let consumer: StreamConsumer = config.create()?;
        let partitions = topics.iter().flat_map(|(_, partitions)| partitions.iter().copied()).collect();
        if args.group.is_some() {
            consumer.subscribe(&topics.iter().map(|(topic, _)| *topic).collect::<Vec<_>>())?;
            return Ok(Self { consumer, partitions });
        }
        let offset = match args.offset {
            Some(offset) => Offset::Offset(offset),
            None if args.from_beginning => Offset::Beginning,
            None => Offset::End,
        };
        let mut assignment = TopicPartitionList::new();
        for (topic, partitions) in topics {
            for partition in partitions {
                assignment.add_partition_offset(topic, *partition, offset)?;
            }
        }
        consumer.assign(&assignment)?;
        Ok(Self { consumer, partitions })
    }
}

async fn print(args: &ConsumeArgs, readers: &[Reader]) -> Result<(), Failure> {
    let mut left = args.max.unwrap_or(u64::MAX);
    let mut open: BTreeSet<(usize, i32)> = readers
        .iter()
        .enumerate()
        .flat_map(|(number, reader)| reader.partitions.iter().map(move |partition| (number, *partition)))
        .collect();
    let streams = readers.iter().enumerate();
    let mut messages = select_all(
        streams.map(|(number, reader)| reader.consumer.stream().map(move |message| (number, message))),
    );
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut out = io::BufWriter::new(io::stdout().lock());
    while left > 0 && !(args.exit_at_end && open.is_empty()) {
        let next = tokio::select! {
            biased;
            next = messages.next() => next,
            result = &mut interrupted => { result?; break }
        };
        match next {
            Some((number, Ok(message))) => {
                write(args, &message, &mut out)?;
                out.flush()?;
                readers[number].consumer.store_offset_from_message(&message)?;
                left -= 1;
            }
            Some((number, Err(KafkaError::PartitionEOF(partition)))) => {
                open.remove(&(number, partition));
            }
            Some((_, Err(error))) => return Err(error.into()),
            None => break,
        }
    }
    Ok(())
}

fn write(args: &ConsumeArgs, message: &BorrowedMessage<'_>, out: &mut impl Write) -> Result<(), Failure> {
    if args.connection.json {
        writeln!(out, "{}", as_json(args, message))?;
        return Ok(());
    }
    let mut chars = args.format.chars();
    while let Some(char) = chars.next() {
        match (char, chars.clone().next()) {
            ('%', Some(field)) => {
                chars.next();
                write_field(args, message, field, out)?;
            }
            ('\\', Some('n')) => {
                chars.next();
                writeln!(out)?;
            }
            ('\\', Some('t')) => {
                chars.next();
                write!(out, "\t")?;
            }
            (char, _) => write!(out, "{char}")?,
        }
    }
    Ok(())
}

fn write_field(
    args: &ConsumeArgs,
    message: &BorrowedMessage<'_>,
    field: char,
    out: &mut impl Write,
) -> Result<(), Failure> {
    match field {
        't' => write!(out, "{}", message.topic())?,
        'p' => write!(out, "{}", message.partition())?,
        'o' => write!(out, "{}", message.offset())?,
        'T' => write!(out, "{}", message.timestamp().to_millis().unwrap_or(-1))?,
        'k' => write!(out, "{}", plain(&decode(message.key(), args.key)))?,
        'v' => write!(out, "{}", plain(&decode(message.payload(), args.value)))?,
        'h' => {
            let shown: Vec<String> =
                headers(message).iter().map(|(key, value)| format!("{key}={}", plain(value))).collect();
            write!(out, "{}", shown.join(","))?;
        }
        '%' => write!(out, "%")?,
        other => return Err(Failure::new(format!("--format has no field %{other}"))),
    }
    Ok(())
}

fn as_json(args: &ConsumeArgs, message: &BorrowedMessage<'_>) -> Value {
    let mut object = Map::new();
    object.insert("topic".into(), json!(message.topic()));
    object.insert("partition".into(), json!(message.partition()));
    object.insert("offset".into(), json!(message.offset()));
    object.insert("timestamp".into(), json!(message.timestamp().to_millis()));
    object.insert("key".into(), decode(message.key(), args.key));
    object.insert("value".into(), decode(message.payload(), args.value));
    let headers: Vec<Value> = headers(message).into_iter().map(|(key, value)| json!([key, value])).collect();
    object.insert("headers".into(), Value::Array(headers));
    Value::Object(object)
}

fn headers(message: &BorrowedMessage<'_>) -> Vec<(String, Value)> {
    let headers = message.headers().into_iter().flat_map(|headers| headers.iter());
    headers.map(|header| (header.key.to_owned(), decode(header.value, Encoding::Text))).collect()
}

/// Bytes as something to print; null stays null, and a number of an odd size shows as hexadecimal digits.
fn decode(bytes: Option<&[u8]>, encoding: Encoding) -> Value {
    let Some(bytes) = bytes else { return Value::Null };
    let number = match (encoding, bytes) {
        (Encoding::Number, [a, b]) => Some(i64::from(i16::from_be_bytes([*a, *b]))),
        (Encoding::Number, [a, b, c, d]) => Some(i64::from(i32::from_be_bytes([*a, *b, *c, *d]))),
        (Encoding::Number, bytes) => <[u8; 8]>::try_from(bytes).ok().map(i64::from_be_bytes),
        _ => None,
    };
    match (encoding, number) {
        (_, Some(number)) => json!(number),
        (Encoding::Text, _) => json!(String::from_utf8_lossy(bytes)),
        _ => json!(bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>()),
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::{Encoding, decode};

    #[test]
    fn bytes_show_as_text_number_or_hex() {
        assert_eq!(decode(Some(b"ab"), Encoding::Text), json!("ab"));
        assert_eq!(decode(Some(&7_i64.to_be_bytes()), Encoding::Number), json!(7));
        assert_eq!(decode(Some(&[0xff, 0xfe]), Encoding::Number), json!(-2));
        assert_eq!(decode(Some(b"abc"), Encoding::Number), json!("616263"));
        assert_eq!(decode(Some(b"ab"), Encoding::Hex), json!("6162"));
        assert_eq!(decode(None, Encoding::Text), Value::Null);
    }
}
