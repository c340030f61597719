//! Building of record batches, for the broker's own topics and for transaction markers.

use bytes::{BufMut, Bytes, BytesMut};

use super::batch::{Attributes, BATCH_HEADER, LENGTH_PREFIX};
use super::record::ControlType;

/// Builds an uncompressed batch with base offset 0; appending assigns the real one.
#[derive(Debug)]
pub(crate) struct BatchBuilder {
    attributes: i16,
    base_timestamp: i64,
    max_timestamp: i64,
    producer_id: i64,
    producer_epoch: i16,
    base_sequence: i32,
    count: i32,
    records: BytesMut,
}

impl BatchBuilder {
    /// Begins a batch whose records carry `timestamp`, in ms since the epoch.
    pub(crate) fn new(timestamp: i64) -> Self {
        BatchBuilder {
            attributes: 0,
            base_timestamp: timestamp,
            max_timestamp: timestamp,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            count: 0,
            records: BytesMut::new(),
        }
    }

    /// Makes the batch part of a producer's transaction. Such a batch of the broker's own
    /// (transactional offset commits) has no sequence number.
    pub(crate) fn transactional(mut self, producer_id: i64, producer_epoch: i16) -> Self {
        self.attributes |= Attributes::TRANSACTIONAL;
        self.producer_id = producer_id;
        self.producer_epoch = producer_epoch;
        self
    }

    /// Sets the producer and the sequence number of the first record.
    #[cfg(test)]
    pub(crate) fn idempotent(mut self, producer_id: i64, producer_epoch: i16, base_sequence: i32) -> Self {
        self.producer_id = producer_id;
        self.producer_epoch = producer_epoch;
        self.base_sequence = base_sequence;
        self
    }

    /// Adds a record; `None` is null.
    pub(crate) fn record(self, key: Option<&[u8]>, value: Option<&[u8]>, headers: &[(&str, &[u8])]) -> Self {
        let timestamp = self.base_timestamp;
        self.record_at(timestamp, key, value, headers)
    }

    /// Adds a record with a time stamp of its own.
    pub(crate) fn record_at(
        mut self,
        timestamp: i64,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&str, &[u8])],
    ) -> Self {
        let mut record = Vec::with_capacity(16 + key.map_or(0, <[u8]>::len) + value.map_or(0, <[u8]>::len));
        record.push(0);
        put_varint(&mut record, timestamp - self.base_timestamp);
        put_varint(&mut record, i64::from(self.count));
        put_nullable(&mut record, key);
        put_nullable(&mut record, value);
        put_varint(&mut record, headers.len() as i64);
        for (name, content) in headers {
            put_nullable(&mut record, Some(name.as_bytes()));
            put_nullable(&mut record, Some(content));
        }
        let mut length = Vec::with_capacity(5);
        put_varint(&mut length, record.len() as i64);
        self.records.extend_from_slice(&length);
        self.records.extend_from_slice(&record);
        self.max_timestamp = self.max_timestamp.max(timestamp);
        self.count += 1;
        self
    }

    /// The encoded batch.
    pub(crate) fn build(self) -> Bytes {
        let mut batch = BytesMut::with_capacity(BATCH_HEADER + self.records.len());
        batch.put_i64(0);
        batch.put_i32((BATCH_HEADER - LENGTH_PREFIX + self.records.len()) as i32);
        batch.put_i32(0);
        batch.put_u8(2);
        batch.put_u32(0);
        batch.put_i16(self.attributes);
        batch.put_i32(self.count - 1);
        batch.put_i64(self.base_timestamp);
        batch.put_i64(self.max_timestamp);
        batch.put_i64(self.producer_id);
        batch.put_i16(self.producer_epoch);
        batch.put_i32(self.base_sequence);
        batch.put_i32(self.count);
        batch.extend_from_slice(&self.records);
        let crc = crc32c::crc32c(&batch[21..]);
        batch[17..21].copy_from_slice(&crc.to_be_bytes());
        batch.freeze()
    }
}

/// A transaction marker: the batch that ends a producer's transaction in a partition.
pub(crate) fn control_marker(
    control: ControlType,
    producer_id: i64,
    producer_epoch: i16,
    coordinator_epoch: i32,
    timestamp: i64,
) -> Bytes {
    let kind = match control {
        ControlType::Abort => 0,
        ControlType::Commit => 1,
    };
    let mut value = vec![0, 0];
    value.extend_from_slice(&coordinator_epoch.to_be_bytes());
    let mut builder = BatchBuilder::new(timestamp).transactional(producer_id, producer_epoch);
    builder.attributes |= Attributes::CONTROL;
    builder.record(Some(&[0, 0, 0, kind]), Some(&value), &[]).build()
}

fn put_nullable(out: &mut Vec<u8>, bytes: Option<&[u8]>) {
    match bytes {
        Some(bytes) => {
            put_varint(out, bytes.len() as i64);
            out.extend_from_slice(bytes);
        }
        None => put_varint(out, -1),
    }
}

/// Writes a zig-zag varint.
pub(crate) fn put_varint(out: &mut Vec<u8>, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)) as u64;
    while rest >= 0x80 {
        out.push(rest as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
}
