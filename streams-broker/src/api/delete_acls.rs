//! DeleteAcls (key 31), versions 1–3: there is no access control, and the answer says so.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::delete_acls_request::DeleteAclsRequest;
use kafka_protocol::messages::delete_acls_response::{DeleteAclsFilterResult, DeleteAclsResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Request, api};

api!(ApiKey::DeleteAcls, 1..=3, DeleteAclsRequest, delete_acls);

async fn delete_acls(_request: &Request, body: DeleteAclsRequest) -> DeleteAclsResponse {
    let refused = DeleteAclsFilterResult::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str("No Authorizer is configured.")));
    DeleteAclsResponse::default().with_filter_results(vec![refused; body.filters.len()])
}
