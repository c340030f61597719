//! A type without a serde can neither be read nor written.

use streams_dsl::prelude::*;

#[derive(Clone)]
struct Order;

fn main() {
    StreamsBuilder::new().stream::<String, Order>("orders"); // right: StreamsBuilder::new().stream::<String, String>("orders");
}

// error[E0277]: `Order` has no default serde
// = note: give the type one with `json_serde!(Order)` or `bincode_serde!(Order)`, or by implementing `DefaultSerde`
// = note: or hand a serde to the operator: most have a form that ends in `_with` and takes a parameter object
