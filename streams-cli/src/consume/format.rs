//! How `streams consume` prints a record.

use std::io::Write;
use std::str::FromStr;

use rdkafka::message::{BorrowedMessage, Headers, Message};
use serde_json::{Map, Value, json};

use crate::args::{ConsumeArgs, Encoding};
use crate::failure::Failure;

/// What `--format` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Format(Vec<Part>);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Char(char),
    Topic,
    Partition,
    Offset,
    Timestamp,
    Key,
    Value,
    Headers,
}

impl FromStr for Format {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut chars = text.chars().peekable();
        let mut parts = Vec::new();
        while let Some(char) = chars.next() {
            let (part, long) = match (char, chars.peek()) {
                ('%', Some(field)) => (Part::field(*field)?, true),
                ('\\', Some('n')) => (Part::Char('\n'), true),
                ('\\', Some('t')) => (Part::Char('\t'), true),
                (char, _) => (Part::Char(char), false),
            };
            if long {
                chars.next();
            }
            parts.push(part);
        }
        Ok(Self(parts))
    }
}

impl Part {
    fn field(letter: char) -> Result<Self, String> {
        match letter {
            't' => Ok(Self::Topic),
            'p' => Ok(Self::Partition),
            'o' => Ok(Self::Offset),
            'T' => Ok(Self::Timestamp),
            'k' => Ok(Self::Key),
            'v' => Ok(Self::Value),
            'h' => Ok(Self::Headers),
            '%' => Ok(Self::Char('%')),
            other => Err(format!("there is no field %{other}")),
        }
    }

    fn write(
        self,
        args: &ConsumeArgs,
        message: &BorrowedMessage<'_>,
        out: &mut impl Write,
    ) -> std::io::Result<()> {
        match self {
            Self::Char(char) => write!(out, "{char}"),
            Self::Topic => write!(out, "{}", message.topic()),
            Self::Partition => write!(out, "{}", message.partition()),
            Self::Offset => write!(out, "{}", message.offset()),
            Self::Timestamp => write!(out, "{}", message.timestamp().to_millis().unwrap_or(-1)),
            Self::Key => write!(out, "{}", plain(&decode(message.key(), args.key))),
            Self::Value => write!(out, "{}", plain(&decode(message.payload(), args.value))),
            Self::Headers => {
                let shown: Vec<String> =
                    headers(message).iter().map(|(key, value)| format!("{key}={}", plain(value))).collect();
                write!(out, "{}", shown.join(","))
            }
        }
    }
}

/// Prints a record in the way that is asked for.
pub(super) fn write(
    args: &ConsumeArgs,
    message: &BorrowedMessage<'_>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    if args.connection.json {
        writeln!(out, "{}", as_json(args, message))?;
        return Ok(());
    }
    for part in &args.format.0 {
        part.write(args, message, out)?;
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

    use super::{Encoding, Format, Part, decode};

    #[test]
    fn bytes_show_as_text_number_or_hex() {
        assert_eq!(decode(Some(b"ab"), Encoding::Text), json!("ab"));
        assert_eq!(decode(Some(&7_i64.to_be_bytes()), Encoding::Number), json!(7));
        assert_eq!(decode(Some(&[0xff, 0xfe]), Encoding::Number), json!(-2));
        assert_eq!(decode(Some(b"abc"), Encoding::Number), json!("616263"));
        assert_eq!(decode(Some(b"ab"), Encoding::Hex), json!("6162"));
        assert_eq!(decode(None, Encoding::Text), Value::Null);
    }

    #[test]
    fn a_format_is_fields_and_text() {
        let parts = |text: &str| text.parse::<Format>().map(|format| format.0);
        assert_eq!(
            parts("%k=\\t%%\\n").unwrap(),
            [Part::Key, Part::Char('='), Part::Char('\t'), Part::Char('%'), Part::Char('\n')]
        );
        assert_eq!(parts("%z").unwrap_err(), "there is no field %z");
        assert_eq!(parts("5%").unwrap(), [Part::Char('5'), Part::Char('%')]);
    }
}
