//! DescribeAcls (key 29), versions 1–3: there is no access control, and the answer says so.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_acls_request::DescribeAclsRequest;
use kafka_protocol::messages::describe_acls_response::DescribeAclsResponse;
use kafka_protocol::protocol::StrBytes;

use super::{Request, api};

api!(ApiKey::DescribeAcls, 1..=3, DescribeAclsRequest, describe_acls);

async fn describe_acls(_request: &Request, _body: DescribeAclsRequest) -> DescribeAclsResponse {
    DescribeAclsResponse::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str("No Authorizer is configured on the broker")))
}
