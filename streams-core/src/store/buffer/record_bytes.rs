//! The bytes of a buffered record: its context, what was known before, and the change itself.
//!
//! Numbers are big-endian. Context: timestamp (8), offset (8), topic (length 4, bytes), partition (4), count of headers
//! (4), for each its name and value (length 4, bytes). Then prior, old and new value (length 4, bytes), where -1 is null
//! and -2, for the old value, says that it equals the prior one. Then 8 bytes of the time in the buffer.

use std::sync::Arc;

use bytes::Bytes;

use crate::record::{Header, Headers, RawPayload, RecordContext};

const NULL: i32 = -1;
const SAME_AS_PRIOR: i32 = -2;

/// A buffered change as bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct BufferedBytes {
    pub(super) context: RecordContext,
    pub(super) prior: Option<Vec<u8>>,
    pub(super) old: Option<Vec<u8>>,
    pub(super) new: Option<Vec<u8>>,
}

impl BufferedBytes {
    /// What Kafka says that this takes of memory.
    pub(super) fn resident_bytes(&self) -> usize {
        let length = |value: &Option<Vec<u8>>| value.as_ref().map_or(0, Vec::len);
        let old = if self.old == self.prior { 0 } else { length(&self.old) };
        let topic = self.context.topic.as_ref().map_or(0, |topic| topic.len());
        let headers = self.context.headers.with(|headers| {
            let size = |header: &Header| header.key.len() + header.value.as_ref().map_or(0, Bytes::len);
            headers.iter().map(size).sum::<usize>()
        });
        length(&self.prior) + old + length(&self.new) + 8 + 8 + 4 + topic + headers
    }

    /// Appends the bytes, `buffer_time` included.
    pub(super) fn encode(&self, buffer_time: i64, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.context.timestamp.to_be_bytes());
        out.extend_from_slice(&self.context.offset.to_be_bytes());
        put(out, self.context.topic.as_deref().map(str::as_bytes));
        out.extend_from_slice(&self.context.partition.to_be_bytes());
        self.context.headers.with(|headers| {
            out.extend_from_slice(&length(headers.len()).to_be_bytes());
            for header in headers {
                put(out, Some(header.key.as_bytes()));
                put(out, header.value.as_deref());
            }
        });
        put(out, self.prior.as_deref());
        if self.prior.is_some() && self.old == self.prior {
            out.extend_from_slice(&SAME_AS_PRIOR.to_be_bytes());
        } else {
            put(out, self.old.as_deref());
        }
        put(out, self.new.as_deref());
        out.extend_from_slice(&buffer_time.to_be_bytes());
    }

    /// Reads the bytes and the time in the buffer; `None` if they are not what [`BufferedBytes::encode`] writes.
    pub(super) fn decode(bytes: &[u8]) -> Option<(Self, i64)> {
        let mut reader = Reader(bytes);
        let timestamp = reader.i64()?;
        let offset = reader.i64()?;
        let topic = match reader.bytes()? {
            Some(topic) => Some(Arc::from(std::str::from_utf8(topic).ok()?)),
            None => None,
        };
        let partition = reader.i32()?;
        let headers = reader.headers()?;
        let prior = reader.bytes()?.map(<[u8]>::to_vec);
        let old = match reader.i32()? {
            SAME_AS_PRIOR => prior.clone(),
            length => reader.sized(length)?.map(<[u8]>::to_vec),
        };
        let new = reader.bytes()?.map(<[u8]>::to_vec);
        let buffer_time = reader.i64()?;
        let context =
            RecordContext { topic, partition, offset, timestamp, headers, source_raw: RawPayload::default() };
        Some((Self { context, prior, old, new }, buffer_time))
    }
}

fn put(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    let size = bytes.map_or(NULL, |bytes| length(bytes.len()));
    out.extend_from_slice(&size.to_be_bytes());
    out.extend_from_slice(bytes.unwrap_or_default());
}

fn length(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}

struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    fn i64(&mut self) -> Option<i64> {
        let (number, rest) = self.0.split_first_chunk::<8>()?;
        self.0 = rest;
        Some(i64::from_be_bytes(*number))
    }

    fn i32(&mut self) -> Option<i32> {
        let (number, rest) = self.0.split_first_chunk::<4>()?;
        self.0 = rest;
        Some(i32::from_be_bytes(*number))
    }

    fn bytes(&mut self) -> Option<Option<&'a [u8]>> {
        let length = self.i32()?;
        self.sized(length)
    }

    fn sized(&mut self, length: i32) -> Option<Option<&'a [u8]>> {
        if length == NULL {
            return Some(None);
        }
        let (bytes, rest) = self.0.split_at_checked(usize::try_from(length).ok()?)?;
        self.0 = rest;
        Some(Some(bytes))
    }

    fn headers(&mut self) -> Option<Headers> {
        let mut headers = Vec::new();
        for _ in 0..self.i32()?.max(0) {
            let key = std::str::from_utf8(self.bytes()??).ok()?.to_owned();
            let value = self.bytes()?.map(Bytes::copy_from_slice);
            headers.push(Header { key, value });
        }
        Some(headers.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::BufferedBytes;
    use crate::record::{Headers, RecordContext};

    /// The changelog record of the golden case `suppress-headers`.
    const GOLDEN: &str = "0000000000000005000000000000000100000003746162000000000000000100000001680000000132\
                          ffffffff000000013100000001320000000000000000";

    fn buffered(prior: Option<&str>, old: Option<&str>) -> BufferedBytes {
        let mut headers = Headers::new();
        headers.add("h", Some("2"));
        let context = RecordContext {
            topic: Some("tab".into()),
            partition: 0,
            offset: 1,
            headers,
            ..RecordContext::punctuation(5)
        };
        let bytes = |text: Option<&str>| text.map(|text| text.as_bytes().to_vec());
        BufferedBytes { context, prior: bytes(prior), old: bytes(old), new: bytes(Some("2")) }
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn the_bytes_are_kafkas() {
        let mut out = Vec::new();
        buffered(None, Some("1")).encode(0, &mut out);
        assert_eq!(hex(&out), GOLDEN);
    }

    #[test]
    fn what_was_written_is_read() {
        for value in [buffered(None, None), buffered(Some("1"), Some("1")), buffered(Some("0"), Some("1"))] {
            let mut out = Vec::new();
            value.encode(7, &mut out);
            assert_eq!(BufferedBytes::decode(&out), Some((value, 7)));
        }
    }

    #[test]
    fn torn_bytes_are_refused() {
        let mut out = Vec::new();
        buffered(Some("0"), Some("1")).encode(7, &mut out);
        for length in 0..out.len() {
            assert_eq!(BufferedBytes::decode(&out[..length]), None);
        }
    }
}
