//! ListConfigResources (key 74), versions 0–1: what DescribeConfigs can describe. Version 0 asks
//! for subscriptions to clients' metrics alone.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::list_config_resources_request::ListConfigResourcesRequest;
use kafka_protocol::messages::list_config_resources_response::{ConfigResource, ListConfigResourcesResponse};

use super::configs::resource;
use super::support::text;
use super::{Request, api};

api!(ApiKey::ListConfigResources, 0..=1, ListConfigResourcesRequest, list_config_resources);

/// Resource types that clients may ask for: topics, brokers, loggers, client metrics, groups.
const TYPES: [i8; 5] =
    [resource::TOPIC, resource::BROKER, resource::LOGGER, resource::CLIENT_METRICS, resource::GROUP];

async fn list_config_resources(
    request: &Request,
    body: ListConfigResourcesRequest,
) -> ListConfigResourcesResponse {
    let mut response = ListConfigResourcesResponse::default();
    let asked = match body.resource_types {
        _ if request.version() == 0 => vec![resource::CLIENT_METRICS],
        // No types stand for all.
        none if none.is_empty() => TYPES.to_vec(),
        some => some,
    };
    if !asked.iter().all(|kind| TYPES.contains(kind)) {
        response.error_code = ResponseError::UnsupportedVersion.code();
        return response;
    }
    let broker = &request.broker;
    for kind in asked {
        let names: Vec<String> = match kind {
            resource::TOPIC => broker.topics.list().iter().map(|topic| topic.name.to_string()).collect(),
            resource::BROKER | resource::LOGGER => vec![broker.node_id().to_string()],
            resource::GROUP => broker.group_configs.names(),
            resource::CLIENT_METRICS => broker.client_metrics.names(),
            _ => Vec::new(),
        };
        response.config_resources.extend(
            names.into_iter().map(|name| {
                ConfigResource::default().with_resource_name(text(name)).with_resource_type(kind)
            }),
        );
    }
    response
}
