//! CreateAcls (key 30), versions 1–3: there is no access control, and the answer says so.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::create_acls_request::CreateAclsRequest;
use kafka_protocol::messages::create_acls_response::{AclCreationResult, CreateAclsResponse};
use kafka_protocol::protocol::StrBytes;

use super::{Request, api};

api!(ApiKey::CreateAcls, 1..=3, CreateAclsRequest, create_acls);

async fn create_acls(_request: &Request, body: CreateAclsRequest) -> CreateAclsResponse {
    let refused = AclCreationResult::default()
        .with_error_code(ResponseError::SecurityDisabled.code())
        .with_error_message(Some(StrBytes::from_static_str("No Authorizer is configured.")));
    CreateAclsResponse::default().with_results(vec![refused; body.creations.len()])
}
