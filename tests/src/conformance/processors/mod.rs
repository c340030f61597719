//! The named processors of the case format.

mod counters;
mod fixed;
mod headers;
mod key_value;
mod lookups;
mod routing;
mod times;
mod windows;

use std::sync::Arc;

use streams_core::{
    BoxError, Error, FixedKeyProcessor, FixedKeyProcessorSupplier, KeyValueStore, Processor,
    ProcessorSupplier, StoreBuilder, StoreRef,
};

use super::keys::CaseKey;
use super::op::{Params, Reason};
use super::values::{Key, Kind, Val};

pub(crate) use key_value::GlobalUpdate;
pub(crate) use routing::IllegalState;

/// The key-value store that processors use.
type Kv = KeyValueStore<Key, Val>;

type Make<K> = Box<dyn Fn() -> Box<dyn Processor<K, Val, K, Val>> + Send + Sync>;
type MakeFixed<K> = Box<dyn Fn() -> Box<dyn FixedKeyProcessor<K, Val, Val>> + Send + Sync>;

/// Makes the processors of one node.
pub(crate) struct NamedProcessor<K> {
    make: Make<K>,
    /// The kind of the values that it forwards.
    pub(crate) output: Kind,
    stores: Vec<Arc<dyn StoreBuilder>>,
}

/// As [`NamedProcessor`], for processors that keep the key.
pub(crate) struct NamedFixedKeyProcessor<K> {
    make: MakeFixed<K>,
    /// The kind of the values that it forwards.
    pub(crate) output: Kind,
    stores: Vec<Arc<dyn StoreBuilder>>,
}

impl<K: CaseKey> NamedProcessor<K> {
    /// The processor that the parameters name, for values of kind `input`.
    ///
    /// # Errors
    /// There is no such processor, or a parameter of it is missing or wrong.
    pub(crate) fn of(
        params: &Params,
        input: Kind,
        stores: Vec<Arc<dyn StoreBuilder>>,
    ) -> Result<Self, Reason> {
        let name = params.str("processor")?;
        let (make, output): (Make<K>, Kind) = match name {
            "dedup" => (key_value::dedup(params)?, input),
            "store_delete" => (key_value::store_delete(params)?, input),
            "range_dump" => (key_value::range_dump(params)?, input),
            "global_store_update" => (key_value::update(params)?, input),
            "count_emit_stream_time" | "count_emit_wall_clock" => {
                (counters::count_emit(params, name == "count_emit_stream_time")?, Kind::Long)
            }
            "header_add" => (headers::add(params)?, input),
            "header_remove" => (headers::remove(params)?, input),
            "header_to_value" => (headers::to_value(params)?, Kind::Text),
            "route" => (routing::route(params)?, input),
            "forward_n" => (routing::forward_n(params)?, input),
            "throw_on" => (routing::throw_on(params)?, input),
            "ts_shift" => (times::shift(params)?, input),
            "times_to_value" => (times::to_value(), Kind::Text),
            "metadata_to_value" => (times::metadata_to_value(), Kind::Text),
            "table_lookup" => (lookups::table(params)?, Kind::Text),
            "kv_lookup" => (lookups::kv(params)?, Kind::Text),
            "window_seen" => (windows::seen(params)?, Kind::Text),
            other => return Err(format!("processor `{other}` is unknown")),
        };
        Ok(Self { make, output, stores })
    }
}

impl<K: CaseKey> NamedFixedKeyProcessor<K> {
    /// As [`NamedProcessor::of`].
    ///
    /// # Errors
    /// As [`NamedProcessor::of`].
    pub(crate) fn of(
        params: &Params,
        input: Kind,
        stores: Vec<Arc<dyn StoreBuilder>>,
    ) -> Result<Self, Reason> {
        let (make, output) = match params.str("processor")? {
            "fixed_number" => (fixed::number(params)?, Kind::Text),
            "fixed_dedup" => (fixed::dedup(params)?, input),
            "fixed_header_add" => (fixed::header_add(params)?, input),
            "fixed_ts_shift" => (fixed::ts_shift(params)?, input),
            "fixed_twice" => (fixed::twice(), input),
            other => return Err(format!("fixed-key processor `{other}` is unknown")),
        };
        Ok(Self { make, output, stores })
    }
}

impl<K: CaseKey> ProcessorSupplier<K, Val, K, Val> for NamedProcessor<K> {
    fn get(&self) -> Box<dyn Processor<K, Val, K, Val>> {
        (self.make)()
    }

    fn stores(&self) -> Vec<Arc<dyn StoreBuilder>> {
        self.stores.clone()
    }
}

impl<K: CaseKey> FixedKeyProcessorSupplier<K, Val, Val> for NamedFixedKeyProcessor<K> {
    fn get(&self) -> Box<dyn FixedKeyProcessor<K, Val, Val>> {
        (self.make)()
    }

    fn stores(&self) -> Vec<Arc<dyn StoreBuilder>> {
        self.stores.clone()
    }
}

/// Makes copies of a processor that is set up and has not started.
fn copies<K: CaseKey, P>(processor: P) -> Make<K>
where
    P: Processor<K, Val, K, Val> + Clone + Sync + 'static,
{
    Box::new(move || Box::new(processor.clone()))
}

/// As [`copies`].
fn fixed_copies<K: CaseKey, P>(processor: P) -> MakeFixed<K>
where
    P: FixedKeyProcessor<K, Val, Val> + Clone + Sync + 'static,
{
    Box::new(move || Box::new(processor.clone()))
}

/// The key that stores are asked for.
fn store_key(key: &impl CaseKey) -> Key {
    Key(key.text().map(str::to_owned))
}

/// The reference that `init` made.
fn made<S>(reference: Option<StoreRef<S>>) -> Result<StoreRef<S>, BoxError> {
    reference.ok_or_else(|| Error::bug("a record came before `init`").into())
}

#[cfg(test)]
pub(super) mod testing {
    use streams_core::Record;
    use streams_test::MockProcessorContext;

    use super::*;

    /// Parameters from JSON.
    pub(crate) fn params(json: &str) -> Params {
        Params::of(&serde_json::from_str(json).unwrap()).unwrap()
    }

    /// A processor's outputs, as (key, value, timestamp), for inputs of (key, value, timestamp).
    pub(crate) fn run(
        json: &str,
        stores: Vec<Arc<dyn StoreBuilder>>,
        inputs: &[(Option<&str>, Val, i64)],
    ) -> Vec<(Key, Val, i64)> {
        let mut context = MockProcessorContext::<Key, Val>::new().unwrap();
        for store in stores {
            context.add_state_store(store).unwrap();
        }
        let supplier = NamedProcessor::<Key>::of(&params(json), Kind::Text, Vec::new()).unwrap();
        let mut processor = supplier.get();
        processor.init(&mut context.context()).unwrap();
        for (key, value, timestamp) in inputs {
            let record = Record::new(Key(key.map(str::to_owned)), value.clone(), *timestamp);
            processor.process(record, &mut context.context()).unwrap();
        }
        let forwarded = context.forwarded().into_iter().map(|forward| forward.record);
        forwarded.map(|record| (record.key, record.value, record.timestamp)).collect()
    }
}
