//! Joins of two streams within a window of time.

mod inner_join;
mod joining;
mod kind;
mod left_join;
mod node;
mod outer_join;
mod self_join;
mod side;
mod stores;
mod unmatched;
mod windowed;
