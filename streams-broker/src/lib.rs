//! An embedded broker that speaks the Kafka wire protocol.
