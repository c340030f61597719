//! A test driver for stream processing topologies: no broker, no threads, virtual time.
