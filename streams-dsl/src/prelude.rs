//! What programs that use the DSL need: `use streams_dsl::prelude::*`.

pub use crate::{
    Branched, BranchedKStream, Branches, BufferConfig, Change, CogroupedKStream, Consumed, EmitStrategy,
    GlobalKTable, Grouped, JoinWindows, Joined, KGroupedStream, KGroupedTable, KStream, KTable, Materialized,
    Named, Printed, Produced, Repartitioned, SessionWindows, SlidingWindows, StoreSupplier, StreamJoined,
    StreamsBuilder, StrictBufferConfig, Suppressed, TableJoined, TimeWindows, Topics, TransformerContext,
    UnlimitedWindows, ValueTransformer, Windows,
};
pub use streams_core::{
    AutoOffsetReset, BoxError, DefaultSerde, Deserializer, DslStoreKind, Error, ErrorKind, FixedKeyProcessor,
    FixedKeyProcessorContext, FixedKeyProcessorSupplier, FixedKeyRecord, Headers, KafkaStreams,
    KeyValueStore, KeyValueStoreBuilder, KeyValueStoreSupplier, Partitions, Processor, ProcessorCall,
    ProcessorContext, ProcessorInterceptor, ProcessorSupplier, ProcessorWrapper, PunctuationId,
    PunctuationType, Record, RecordContext, RecordMetadata, Serde, Serializer, SessionStoreSupplier, State,
    StoreRef, StreamPartitioner, StreamsConfig, TimestampExtractor, TimestampedKeyValueStore,
    TopicNameExtractor, TopicPattern, Topology, ValueAndTimestamp, VersionedKeyValueStoreSupplier, Window,
    WindowStoreSupplier, Windowed, bincode_serde, json_serde,
};
