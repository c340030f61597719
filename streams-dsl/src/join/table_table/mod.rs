//! Joins of two tables by key.

mod getter;
mod joining;
mod kind;
mod merging;
mod node;
mod operators;
mod optional_operators;
mod side;
mod view;
