//! DescribeClientQuotas (key 48), versions 0–1: there are none. Tools that describe users ask.

use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_client_quotas_request::DescribeClientQuotasRequest;
use kafka_protocol::messages::describe_client_quotas_response::DescribeClientQuotasResponse;

use super::{Request, api};

api!(ApiKey::DescribeClientQuotas, 0..=1, DescribeClientQuotasRequest, describe_client_quotas);

async fn describe_client_quotas(
    _request: &Request,
    _body: DescribeClientQuotasRequest,
) -> DescribeClientQuotasResponse {
    DescribeClientQuotasResponse::default().with_error_message(None).with_entries(Some(Vec::new()))
}
