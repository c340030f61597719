//! Processors of time and metadata.

use streams_core::{BoxError, Processor, ProcessorContext, Record};

use super::{Make, copies};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Params, Reason};
use crate::conformance::values::Val;

#[derive(Debug, Clone)]
enum Times {
    Shift(i64),
    ToValue,
    MetadataToValue,
}

pub(super) fn shift<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    Ok(copies(Times::Shift(params.int("ms")?)))
}

pub(super) fn to_value<K: CaseKey>() -> Make<K> {
    copies(Times::ToValue)
}

pub(super) fn metadata_to_value<K: CaseKey>() -> Make<K> {
    copies(Times::MetadataToValue)
}

impl<K: CaseKey> Processor<K, Val, K, Val> for Times {
    fn process(
        &mut self,
        record: Record<K, Val>,
        ctx: &mut ProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        let record = match self {
            Self::Shift(ms) => {
                let timestamp = record.timestamp.wrapping_add(*ms);
                record.with_timestamp(timestamp)
            }
            Self::ToValue => {
                let (stream, wall) = (ctx.current_stream_time_ms(), ctx.current_system_time_ms());
                let value = format!("{}|stream={stream}|wall={wall}", record.value);
                record.with_value(Val::of(value))
            }
            Self::MetadataToValue => {
                // To Kafka, what a punctuation makes comes from a topic without a name.
                let place = ctx.record_metadata().map_or_else(
                    || "null/-1/-1".to_owned(),
                    |metadata| format!("{}/{}/{}", metadata.topic, metadata.partition, metadata.offset),
                );
                let value = format!("{}|{place}", record.value);
                record.with_value(Val::of(value))
            }
        };
        Ok(ctx.forward(record)?)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::run;
    use super::*;
    use crate::conformance::values::Key;

    #[test]
    fn ts_shift_moves_the_timestamp() {
        let outputs = run(r#"{"processor": "ts_shift", "ms": -3}"#, Vec::new(), &[(None, Val::Null, 10)]);
        assert_eq!(outputs, [(Key::null(), Val::Null, 7)]);
    }
}
