//! Records, serdes, Processor API, state stores, task engine and Kafka runtime of the stream processing library.

mod clock;
mod collector;
mod config;
mod dead_letter;
mod error;
mod handler;
mod hash;
mod heap;
mod partitioner;
mod processor;
mod record;
mod runtime;
mod serde;
mod store;
mod task;
mod task_id;
mod time;
mod topology;

pub use clock::{Clock, MockClock, SystemClock};
pub use collector::{OutgoingRecord, RecordCollector};
pub use config::{
    DslStoreKind, GroupProtocol, Optimizations, ProcessingGuarantee, StreamsConfig, StreamsConfigBuilder,
};
pub use dead_letter::DeadLetter;
pub use error::{BoxError, Error, ErrorKind, Result};
pub use handler::{
    DeserializationDecision, DeserializationExceptionHandler, ErrorHandlerContext, ErrorHandlers,
    LogAndContinue, LogAndFail, ProcessingDecision, ProcessingExceptionHandler, ProductionDecision,
    ProductionExceptionHandler,
};
pub use hash::{murmur3_128, partition_for_key};
pub use partitioner::{Partitions, StreamPartitioner, TopicNameExtractor};
pub use processor::{
    CapturedForward, CapturedPunctuation, CapturingContext, FixedKeyProcessor, FixedKeyProcessorContext,
    FixedKeyProcessorSupplier, FixedKeyRecord, InterceptorContext, Processor, ProcessorCall,
    ProcessorContext, ProcessorInterceptor, ProcessorSupplier, ProcessorWrapper, PunctuationId,
    PunctuationType, RawRecord,
};
pub use record::{Header, Headers, RawPayload, Record, RecordContext, RecordMetadata};
pub use runtime::{
    KafkaStreams, NoRestoreListener, RestoredStore, State, StateChange, StateChanges, StateRestoreListener,
    StreamThreadExceptionResponse, StreamsMetrics, ThreadState, UncaughtExceptionHandler,
};
pub use serde::{
    BincodeSerde, BoolSerde, BytesSerde, DefaultSerde, Deserializer, IsNull, JsonSerde, ListSerde,
    NullPayload, NumberSerde, OptionSerde, Serde, Serializer, SessionWindowedSerde, StringSerde,
    TimeWindowedSerde, UnitSerde, UuidSerde, Window, Windowed, WrongLength,
};
pub use store::{
    BufferedChange, BufferedRecord, ChangelogRecord, DirtyEntry, GraceBuffer, GraceBufferBuilder, JoinClock,
    JoinSide, KeyValueStore, KeyValueStoreBuilder, KeyValueStoreSupplier, OuterJoinStore,
    OuterJoinStoreBuilder, SessionStore, SessionStoreBuilder, SessionStoreSupplier, StateMemory,
    StateOptions, StateStore, StateWrites, StoreBuilder, StoreContext, StoreIterator, StoreRef, Stores,
    SuppressionBuffer, SuppressionBufferBuilder, TaskState, TimestampedKeyValueStore,
    TimestampedKeyValueStoreBuilder, TimestampedWindowStore, TimestampedWindowStoreBuilder, Unmatched,
    ValueAndTimestamp, VersionedKeyValueStore, VersionedKeyValueStoreBuilder, VersionedKeyValueStoreSupplier,
    VersionedPut, VersionedRecord, WindowStore, WindowStoreBuilder, WindowStoreSupplier, WindowValues,
};
pub use task::{CommitOffset, GlobalTask, StoreChangelog, StreamTask, TaskOptions, TaskStatus};
pub use task_id::TaskId;
pub use time::{
    FailOnInvalidTimestamp, LogAndSkipOnInvalidTimestamp, RawTimestampExtractor, TimestampExtractor,
    UsePartitionTimeOnInvalidTimestamp, WallclockTimestampExtractor,
};
pub use topology::{
    AutoOffsetReset, BuiltTopology, GeneratedName, InternalTopic, InternalTopicKind, IntoStoreBuilder,
    NodeDescription, NodeDescriptionKind, PartitionCounts, Plan, RepartitionOptions, Sink, Source,
    Subtopology, SubtopologyDescription, TopicPattern, Topology, TopologyDescription, validate_name,
};
