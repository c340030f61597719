//! `suppress`: updates of a table that wait for later ones.

mod operator;
mod processor;
mod view;
