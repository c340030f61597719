//! CreateAcls (key 30), versions 1–3: there is no access control, and the answer says so. What names an unknown
//! kind of resource, pattern, operation or permission ends the connection.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::create_acls_request::CreateAclsRequest;
use kafka_protocol::messages::create_acls_response::{AclCreationResult, CreateAclsResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Answer, Api, Request};

/// This API's entry in the dispatch table.
pub(crate) const API: Api =
    Api { key: ApiKey::CreateAcls as i16, min: 1, max: 3, handler: |request| Box::pin(create_acls(request)) };

async fn create_acls(request: Request) -> Answer {
    let body: CreateAclsRequest = request.decode()?;
    for acl in &body.creations {
        request.known_acls([
            acl.resource_type,
            acl.resource_pattern_type,
            acl.operation,
            acl.permission_type,
        ])?;
    }
    let refused = AclCreationResult::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str("No Authorizer is configured.")));
    let response = CreateAclsResponse::default().with_results(vec![refused; body.creations.len()]);
    request.encode(&response)
}
