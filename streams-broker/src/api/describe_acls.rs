//! DescribeAcls (key 29), versions 1–3: there is no access control, and the answer says so. What names an unknown
//! kind of resource, pattern, operation or permission ends the connection.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_acls_request::DescribeAclsRequest;
use kafka_protocol::messages::describe_acls_response::DescribeAclsResponse;
use kafka_protocol::protocol::StrBytes;

use super::{Answer, Api, Request};

/// This API's entry in the dispatch table.
pub(crate) const API: Api = Api {
    key: ApiKey::DescribeAcls as i16,
    min: 1,
    max: 3,
    handler: |request| Box::pin(describe_acls(request)),
};

async fn describe_acls(request: Request) -> Answer {
    let body: DescribeAclsRequest = request.decode()?;
    let kinds = [body.resource_type_filter, body.pattern_type_filter, body.operation, body.permission_type];
    request.known_acls(kinds)?;
    let response = DescribeAclsResponse::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str("No Authorizer is configured on the broker")));
    request.encode(&response)
}
