//! The coordinators' APIs, one file each. A file's header names the API's key, the versions that are served and
//! what is left out.

mod delete_groups;
mod describe_groups;
mod find_coordinator;
mod heartbeat;
mod join_group;
mod leave_group;
mod list_groups;
mod offset_commit;
mod offset_delete;
mod offset_fetch;
mod sync_group;

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
];
