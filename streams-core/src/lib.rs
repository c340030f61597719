//! Records, serdes, Processor API, state stores, task engine and Kafka runtime of the stream processing library.
