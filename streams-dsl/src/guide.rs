//! The programs in the guide and in the README, as tests.

#[doc = include_str!("../../docs/guide/stateless.md")]
mod stateless {}

#[doc = include_str!("../../docs/guide/aggregation.md")]
mod aggregation {}

#[doc = include_str!("../../docs/guide/windows.md")]
mod windows {}

#[doc = include_str!("../../docs/guide/joins.md")]
mod joins {}

#[doc = include_str!("../../docs/guide/tables.md")]
mod tables {}

#[doc = include_str!("../../docs/guide/suppression.md")]
mod suppression {}

#[doc = include_str!("../../docs/guide/processor-api.md")]
mod processor_api {}

#[doc = include_str!("../../docs/guide/testing.md")]
mod testing {}

#[doc = include_str!("../../README.md")]
mod readme {}
