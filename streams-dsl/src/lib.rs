//! The stream processing DSL: streams, tables, grouping, windows and joins.
