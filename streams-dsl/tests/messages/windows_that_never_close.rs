//! Only windows close: a table by key alone is suppressed for a time.

use std::time::Duration;

use streams_dsl::prelude::*;

fn main() {
    let prices = StreamsBuilder::new().table::<String, i64>("prices");
    prices.suppress(Suppressed::until_window_closes(BufferConfig::unbounded())); // right: prices.suppress(Suppressed::until_time_limit(Duration::from_secs(9), BufferConfig::unbounded()));
}

// error[E0308]: mismatched types
// expected `Suppressed<String>`, found `Suppressed<Windowed<_>>`
