//! The records of `__consumer_offsets` and `__transaction_state`, in Apache Kafka's own encoding.
//!
//! A record's key begins with a 16-bit type; its value (null for a tombstone) with a 16-bit version.

mod consumer_group;
mod group_metadata;
mod group_record;
mod offset_commit;
mod streams_group;
mod transaction_log;

pub(crate) use consumer_group::*;
pub(crate) use group_metadata::{GroupMetadataValue, MemberMetadata};
pub(crate) use group_record::GroupRecord;
pub(crate) use offset_commit::OffsetValue;
pub(crate) use streams_group::*;
pub(crate) use transaction_log::{TransactionLogRecord, TransactionLogValue, TransactionPartitions};
