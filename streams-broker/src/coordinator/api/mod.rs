//! The coordinators' APIs, one file each. A file's header names the API's key, the versions that are served and
//! what is left out.

mod add_offsets_to_txn;
mod add_partitions_to_txn;
mod consumer_group_describe;
mod consumer_group_heartbeat;
mod delete_groups;
mod describe_groups;
mod describe_transactions;
mod end_txn;
mod find_coordinator;
mod heartbeat;
mod join_group;
mod leave_group;
mod list_groups;
mod list_transactions;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod streams_group_describe;
mod streams_group_heartbeat;
mod sync_group;
mod txn_offset_commit;

use kafka_protocol::ResponseError;

use crate::api::Api;

/// The coordinators' entries of the dispatch table.
pub(crate) const APIS: &[Api] = &[
    offset_commit::API,
    offset_fetch::API,
    find_coordinator::API,
    join_group::API,
    heartbeat::API,
    leave_group::API,
    sync_group::API,
    describe_groups::API,
    list_groups::API,
    delete_groups::API,
    offset_delete::API,
    add_partitions_to_txn::API,
    add_offsets_to_txn::API,
    end_txn::API,
    txn_offset_commit::API,
    describe_transactions::API,
    list_transactions::API,
    consumer_group_heartbeat::API,
    consumer_group_describe::API,
    streams_group_heartbeat::API,
    streams_group_describe::API,
];

/// The code of a transaction's error: clients below `first` do not know PRODUCER_FENCED.
pub(crate) fn txn_error(error: ResponseError, version: i16, first: i16) -> i16 {
    match error {
        ResponseError::ProducerFenced if version < first => ResponseError::InvalidProducerEpoch.code(),
        other => other.code(),
    }
}
