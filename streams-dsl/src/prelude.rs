//! What programs that use the DSL need: `use streams_dsl::prelude::*`.

pub use crate::{
    Branched, BranchedKStream, Branches, Consumed, Grouped, KStream, Named, Printed, Produced, Repartitioned,
    StreamsBuilder, Topics,
};
pub use streams_core::{
    AutoOffsetReset, BoxError, DefaultSerde, Deserializer, Error, ErrorKind, FixedKeyProcessor,
    FixedKeyProcessorContext, FixedKeyProcessorSupplier, FixedKeyRecord, Headers, KeyValueStore,
    KeyValueStoreBuilder, Partitions, Processor, ProcessorContext, ProcessorSupplier, PunctuationId,
    PunctuationType, Record, RecordContext, RecordMetadata, Serde, Serializer, StoreRef, StreamPartitioner,
    StreamsConfig, TimestampExtractor, TimestampedKeyValueStore, TopicNameExtractor, TopicPattern, Topology,
    ValueAndTimestamp,
};
