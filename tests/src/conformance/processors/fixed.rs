//! Processors that keep the key.

use streams_core::{BoxError, FixedKeyProcessor, FixedKeyProcessorContext, FixedKeyRecord, StoreRef};

use super::{Kv, MakeFixed, fixed_copies, made, store_key};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Params, Reason};
use crate::conformance::values::Val;

#[derive(Debug, Clone)]
enum Stateless {
    HeaderAdd { header: String, value: String },
    TsShift(i64),
    Twice,
}

#[derive(Debug, Clone)]
struct Stateful {
    number: bool,
    store_name: String,
    store: Option<StoreRef<Kv>>,
}

pub(super) fn number<K: CaseKey>(params: &Params) -> Result<MakeFixed<K>, Reason> {
    let store_name = params.str("store")?.to_owned();
    Ok(fixed_copies(Stateful { number: true, store_name, store: None }))
}

pub(super) fn dedup<K: CaseKey>(params: &Params) -> Result<MakeFixed<K>, Reason> {
    let store_name = params.str("store")?.to_owned();
    Ok(fixed_copies(Stateful { number: false, store_name, store: None }))
}

pub(super) fn header_add<K: CaseKey>(params: &Params) -> Result<MakeFixed<K>, Reason> {
    let (header, value) = (params.str("header")?.to_owned(), params.str("value")?.to_owned());
    Ok(fixed_copies(Stateless::HeaderAdd { header, value }))
}

pub(super) fn ts_shift<K: CaseKey>(params: &Params) -> Result<MakeFixed<K>, Reason> {
    Ok(fixed_copies(Stateless::TsShift(params.int("ms")?)))
}

pub(super) fn twice<K: CaseKey>() -> MakeFixed<K> {
    fixed_copies(Stateless::Twice)
}

impl<K: CaseKey> FixedKeyProcessor<K, Val, Val> for Stateless {
    fn process(
        &mut self,
        mut record: FixedKeyRecord<K, Val>,
        ctx: &mut FixedKeyProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        match self {
            Self::HeaderAdd { header, value } => {
                record.headers.add(header.as_str(), Some(value.as_str()));
            }
            Self::TsShift(ms) => {
                let timestamp = record.timestamp.wrapping_add(*ms);
                record = record.with_timestamp(timestamp);
            }
            Self::Twice => {
                ctx.forward(record.clone())?;
                let value = record.value.text().map(|text| format!("{text}'"));
                record = record.with_value(Val::of_option(value));
            }
        }
        Ok(ctx.forward(record)?)
    }
}

impl<K: CaseKey> FixedKeyProcessor<K, Val, Val> for Stateful {
    fn init(&mut self, ctx: &mut FixedKeyProcessorContext<'_, K, Val>) -> Result<(), BoxError> {
        self.store = Some(ctx.store_ref(&self.store_name)?);
        Ok(())
    }

    fn process(
        &mut self,
        record: FixedKeyRecord<K, Val>,
        ctx: &mut FixedKeyProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        let store = made(self.store)?;
        let key = store_key(record.key());
        match (self.number, &key.0) {
            (true, None) => {
                let value = Val::of(format!("#?:{}", record.value));
                Ok(ctx.forward(record.with_value(value))?)
            }
            (true, Some(_)) => {
                let kv = ctx.store(&store)?;
                let number = kv.get(&key)?.and_then(|number| number.long()).unwrap_or(0) + 1;
                kv.put(&key, &Val::Long(number))?;
                let value = Val::of(format!("#{number}:{}", record.value));
                Ok(ctx.forward(record.with_value(value))?)
            }
            (false, None) => Ok(()),
            (false, Some(_)) => {
                let stored = Val::from(ctx.store(&store)?.get(&key)?);
                if stored == record.value {
                    return Ok(());
                }
                let value = record.value.clone();
                ctx.forward(record)?;
                Ok(ctx.store(&store)?.put(&key, &value)?)
            }
        }
    }
}
