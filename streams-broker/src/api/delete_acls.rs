//! DeleteAcls (key 31), versions 1–3: there is no access control, and the answer says so. What names an unknown
//! kind of resource, pattern, operation or permission ends the connection.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::delete_acls_request::DeleteAclsRequest;
use kafka_protocol::messages::delete_acls_response::{DeleteAclsFilterResult, DeleteAclsResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Answer, Api, Request};

/// This API's entry in the dispatch table.
pub(crate) const API: Api =
    Api { key: ApiKey::DeleteAcls as i16, min: 1, max: 3, handler: |request| Box::pin(delete_acls(request)) };

async fn delete_acls(request: Request) -> Answer {
    let body: DeleteAclsRequest = request.decode()?;
    for filter in &body.filters {
        request.known_acls([
            filter.resource_type_filter,
            filter.pattern_type_filter,
            filter.operation,
            filter.permission_type,
        ])?;
    }
    let refused = DeleteAclsFilterResult::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str("No Authorizer is configured.")));
    let response = DeleteAclsResponse::default().with_filter_results(vec![refused; body.filters.len()]);
    request.encode(&response)
}
