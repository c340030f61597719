//! Every target: its name is that of the binary.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| streams_broker::fuzz::run(env!("CARGO_BIN_NAME"), input));
