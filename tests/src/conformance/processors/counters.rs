//! `count_emit_stream_time` and `count_emit_wall_clock`: counts that go out by punctuation.

use std::time::Duration;

use streams_core::{BoxError, Processor, ProcessorContext, PunctuationId, PunctuationType, Record, StoreRef};

use super::{Kv, Make, copies, made, store_key};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Params, Reason};
use crate::conformance::values::{Key, Val};

#[derive(Debug, Clone)]
struct CountEmit {
    kind: PunctuationType,
    interval: Duration,
    clear: bool,
    once: bool,
    store_name: String,
    store: Option<StoreRef<Kv>>,
}

pub(super) fn count_emit<K: CaseKey>(params: &Params, stream_time: bool) -> Result<Make<K>, Reason> {
    let interval = u64::try_from(params.int("interval_ms")?);
    Ok(copies(CountEmit {
        kind: if stream_time { PunctuationType::StreamTime } else { PunctuationType::WallClockTime },
        interval: Duration::from_millis(interval.map_err(|_| "`interval_ms` is negative")?),
        clear: params.flag("clear")?,
        once: params.flag("once")?,
        store_name: params.str("store")?.to_owned(),
        store: None,
    }))
}

impl<K: CaseKey> Processor<K, Val, K, Val> for CountEmit {
    fn init(&mut self, ctx: &mut ProcessorContext<'_, K, Val>) -> Result<(), BoxError> {
        self.store = Some(ctx.store_ref(&self.store_name)?);
        ctx.schedule(self.interval, self.kind)?;
        Ok(())
    }

    fn process(
        &mut self,
        record: Record<K, Val>,
        ctx: &mut ProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        let key = store_key(&record.key);
        if key.0.is_none() {
            return Ok(());
        }
        let store = ctx.store(&made(self.store)?)?;
        let count = store.get(&key)?.and_then(|count| count.long()).unwrap_or(0) + 1;
        Ok(store.put(&key, &Val::Long(count))?)
    }

    fn punctuate(
        &mut self,
        punctuation: PunctuationId,
        timestamp: i64,
        ctx: &mut ProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        let store = made(self.store)?;
        let entries: Vec<(Key, Val)> = ctx.store(&store)?.all()?.collect::<Result<_, _>>()?;
        for (key, count) in entries {
            if let Some(key) = K::of_text(key.0.clone()) {
                ctx.forward(Record::new(key, count, timestamp))?;
            }
            if self.clear {
                ctx.store(&store)?.delete(&key)?;
            }
        }
        if self.once {
            ctx.cancel(punctuation);
        }
        Ok(())
    }
}
