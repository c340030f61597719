//! A number is no window.

use streams_dsl::prelude::*;

fn main() {
    let words = StreamsBuilder::new().stream::<String, String>("words").group_by_key();
    words.windowed_by(60); // right: words.windowed_by(UnlimitedWindows::of());
}

// error[E0277]: `{integer}` does not define windows
// = note: use `TimeWindows`, `SlidingWindows`, `SessionWindows` or `UnlimitedWindows`, or implement `Windows`
