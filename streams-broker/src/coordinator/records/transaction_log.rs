//! A transactional id's state: key type 0, value versions 0–1 (written as 1).

use crate::coordinator::codec::{DecodeError, Field, Reader, Writer, flexible};

flexible! {
    /// What `__transaction_state` keeps of a transactional id.
    struct TransactionLogValue {
        producer_id: i64,
        producer_epoch: i16,
        timeout_ms: i32,
        /// Kafka's number of the state: 0 Empty … 7 PrepareEpochFence.
        status: i8,
        partitions: Option<Vec<TransactionPartitions>>,
        last_update_timestamp: i64,
        start_timestamp: i64,
    } tagged {
        0 => previous_producer_id: i64 = -1,
        1 => next_producer_id: i64 = -1,
        2 => client_transaction_version: i16 = 0,
        3 => next_producer_epoch: i16 = -1,
    }

    /// Partitions of one topic that belong to the open transaction.
    struct TransactionPartitions {
        topic: String,
        partitions: Vec<i32>,
    }
}

/// One record of `__transaction_state`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TransactionLogRecord {
    /// The transactional id.
    pub(crate) transactional_id: String,
    /// Its state, `None` once it is forgotten.
    pub(crate) value: Option<TransactionLogValue>,
}

impl TransactionLogRecord {
    /// Key and value as they lie in the log.
    pub(crate) fn encode(&self) -> (Vec<u8>, Option<Vec<u8>>) {
        let mut key = Writer::new();
        key.i16(0);
        key.string(&self.transactional_id);
        let value = self.value.as_ref().map(|value| {
            let mut w = Writer::new();
            w.i16(1);
            value.write(&mut w);
            w.into_bytes()
        });
        (key.into_bytes(), value)
    }

    /// Reads what [`TransactionLogRecord::encode`] wrote; `None` for a key type of a later version.
    pub(crate) fn decode(key: &[u8], value: Option<&[u8]>) -> Result<Option<Self>, DecodeError> {
        let mut k = Reader::new(key);
        if k.i16()? != 0 {
            return Ok(None);
        }
        let transactional_id = k.string()?;
        let value = value.map(decode_value).transpose()?;
        Ok(Some(Self { transactional_id, value }))
    }
}

fn decode_value(bytes: &[u8]) -> Result<TransactionLogValue, DecodeError> {
    let mut r = Reader::new(bytes);
    match r.i16()? {
        1 => TransactionLogValue::read(&mut r),
        0 => decode_v0(&mut r),
        version => Err(DecodeError::Version { what: "TransactionLogValue", version }),
    }
}

fn decode_v0(r: &mut Reader<'_>) -> Result<TransactionLogValue, DecodeError> {
    let mut value = TransactionLogValue {
        producer_id: r.i64()?,
        producer_epoch: r.i16()?,
        timeout_ms: r.i32()?,
        status: r.i8()?,
        ..TransactionLogValue::default()
    };
    let topics = r.array_len()?;
    let mut partitions = Vec::with_capacity(topics);
    for _ in 0..topics {
        let topic = r.string()?;
        let ids = (0..r.array_len()?).map(|_| r.i32()).collect::<Result<_, _>>()?;
        partitions.push(TransactionPartitions { topic, partitions: ids });
    }
    value.partitions = Some(partitions);
    value.last_update_timestamp = r.i64()?;
    value.start_timestamp = r.i64()?;
    Ok(value)
}

#[cfg(any(test, fuzzing))]
impl TransactionLogRecord {
    /// A transaction under way: for the tests here and as a seed of the fuzz target.
    pub(crate) fn sample() -> Self {
        let value = TransactionLogValue {
            producer_id: 7,
            producer_epoch: 2,
            timeout_ms: 60_000,
            status: 1,
            partitions: Some(vec![TransactionPartitions { topic: "t".into(), partitions: vec![0, 3] }]),
            last_update_timestamp: 5,
            start_timestamp: 4,
            client_transaction_version: 2,
            ..TransactionLogValue::default()
        };
        Self { transactional_id: "tx".into(), value: Some(value) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_transaction_survives_the_encoding() {
        let record = TransactionLogRecord::sample();
        let (key, value) = record.encode();
        assert_eq!(TransactionLogRecord::decode(&key, value.as_deref()), Ok(Some(record)));
    }

    #[test]
    fn the_key_is_kafkas() {
        let (key, value) = TransactionLogRecord { transactional_id: "tx".into(), value: None }.encode();
        assert_eq!((key.as_slice(), value), ([0, 0, 0, 2, b't', b'x'].as_slice(), None));
    }
}
