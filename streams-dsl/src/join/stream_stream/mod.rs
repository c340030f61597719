//! Joins of two streams within a window of time.

mod joining;
mod kind;
mod node;
mod operators;
mod self_join;
mod side;
mod stores;
mod unmatched;
mod windowed;
