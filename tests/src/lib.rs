//! Tests that cross crates: conformance, end to end, fail-over, crashes.
