//! What flows through a topology can be copied and sent to another thread.

use std::rc::Rc;

use streams_dsl::prelude::*;

fn main() {
    let texts = StreamsBuilder::new().stream::<String, String>("texts");
    texts.map_values(Rc::<str>::from); // right: texts.map_values(std::sync::Arc::<str>::from);
}

// error[E0277]: `Rc<str>` cannot flow through a topology
// the trait `Send` is not implemented for `Rc<str>`
// = note: keys and values must be `Clone + Send + 'static`: they are copied for several children, and sent with their task to another thread
