//! `streams consume`: records on standard output.

use std::collections::BTreeSet;
use std::io::{self, Write};

use futures::StreamExt;
use rdkafka::consumer::{CommitMode, Consumer, StreamConsumer};
use rdkafka::error::KafkaError;
use rdkafka::message::{BorrowedMessage, Headers, Message};
use rdkafka::{Offset, TopicPartitionList};
use serde_json::{Map, Value, json};

use crate::args::{ConsumeArgs, Encoding};
use crate::failure::Failure;

pub(crate) async fn run(args: ConsumeArgs) -> Result<(), Failure> {
    let probe = args.connection.consumer(None)?;
    args.connection.reach(&probe)?;
    let mut open = BTreeSet::new();
    for topic in &args.topics {
        let metadata = probe.fetch_metadata(Some(topic), args.connection.timeout())?;
        let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
        let found = found.ok_or_else(|| Failure::new(format!("there is no topic {topic}")))?;
        let ids = found.partitions().iter().map(|partition| partition.id());
        let wanted: Vec<i32> = ids.filter(|id| args.partition.is_none_or(|only| only == *id)).collect();
        if let (Some(only), []) = (args.partition, &*wanted) {
            let count = found.partitions().len();
            return Err(Failure::new(format!(
                "topic {topic} has no partition {only}: it has {count}, from 0 on"
            )));
        }
        open.extend(wanted.into_iter().map(|id| (topic.clone(), id)));
    }
    let consumer = consumer(&args, &open)?;
    let result = print(&args, &consumer, open).await;
    if args.group.is_some() {
        match consumer.commit_consumer_state(CommitMode::Sync) {
            Ok(()) | Err(KafkaError::ConsumerCommit(rdkafka::error::RDKafkaErrorCode::NoOffset)) => {}
            Err(error) => return Err(Failure::of("the group's offsets were not committed", error)),
        }
    }
    result
}

fn consumer(args: &ConsumeArgs, partitions: &BTreeSet<(String, i32)>) -> Result<StreamConsumer, Failure> {
    let mut config = args.connection.config();
    let beginning = if args.from_beginning { "earliest" } else { "latest" };
    config
        .set("group.id", args.group.as_deref().unwrap_or("streams-cli"))
        .set("enable.auto.commit", "false")
        .set("enable.auto.offset.store", "false")
        .set("enable.partition.eof", "true")
        .set("auto.offset.reset", beginning);
    let consumer: StreamConsumer = config.create()?;
    if args.group.is_some() {
        let topics: Vec<&str> = args.topics.iter().map(String::as_str).collect();
        consumer.subscribe(&topics)?;
        return Ok(consumer);
    }
    let offset = match args.offset {
        Some(offset) => Offset::Offset(offset),
        None if args.from_beginning => Offset::Beginning,
        None => Offset::End,
    };
    let mut assignment = TopicPartitionList::new();
    for (topic, partition) in partitions {
        assignment.add_partition_offset(topic, *partition, offset)?;
    }
    consumer.assign(&assignment)?;
    Ok(consumer)
}

async fn print(
    args: &ConsumeArgs,
    consumer: &StreamConsumer,
    mut open: BTreeSet<(String, i32)>,
) -> Result<(), Failure> {
    let mut left = args.max.unwrap_or(u64::MAX);
    let mut messages = consumer.stream();
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    let mut out = io::BufWriter::new(io::stdout().lock());
    while left > 0 && !(args.exit_at_end && open.is_empty()) {
        let next = tokio::select! {
            biased;
            next = messages.next() => next,
            result = &mut interrupted => { result?; break }
        };
        match next {
            Some(Ok(message)) => {
                write(args, &message, &mut out)?;
                out.flush()?;
                consumer.store_offset_from_message(&message)?;
                left -= 1;
            }
            Some(Err(KafkaError::PartitionEOF(partition))) => {
                // The event does not name the topic, but each partition has its own.
                let ended = open.iter().find(|(_, id)| *id == partition).cloned();
                open.retain(|partition| Some(partition) != ended.as_ref());
            }
            Some(Err(error)) => return Err(error.into()),
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
