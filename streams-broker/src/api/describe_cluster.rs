//! DescribeCluster (key 60), versions 0–2. There are no controller endpoints.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::describe_cluster_request::DescribeClusterRequest;
use kafka_protocol::messages::describe_cluster_response::{DescribeClusterBroker, DescribeClusterResponse};
use kafka_protocol::messages::{ApiKey, BrokerId};

use super::operations::{self, if_asked};
use super::support::text;
use super::{Request, api};

api!(ApiKey::DescribeCluster, 0..=2, DescribeClusterRequest, describe_cluster);

/// The endpoint type of brokers.
const BROKERS: i8 = 1;

/// The endpoint type of controllers.
const CONTROLLERS: i8 = 2;

async fn describe_cluster(request: &Request, body: DescribeClusterRequest) -> DescribeClusterResponse {
    let broker = &request.broker;
    let refusal = match body.endpoint_type {
        BROKERS => None,
        CONTROLLERS => Some((
            ResponseError::MismatchedEndpointType,
            "The request was sent to an endpoint of type BROKER, but we wanted an endpoint of type CONTROLLER"
                .to_owned(),
        )),
        other => Some((ResponseError::UnsupportedEndpointType, format!("Unsupported endpoint type {other}"))),
    };
    if let Some((error, why)) = refusal {
        return DescribeClusterResponse::default()
            .with_error_code(error.code())
            .with_error_message(Some(text(why)));
    }
    let (host, port) = &broker.advertised;
    DescribeClusterResponse::default()
        .with_endpoint_type(BROKERS)
        .with_cluster_authorized_operations(if_asked(
            body.include_cluster_authorized_operations,
            operations::CLUSTER,
        ))
        .with_cluster_id(text(&broker.identity.cluster_id))
        .with_controller_id(BrokerId(broker.node_id()))
        .with_brokers(vec![
            DescribeClusterBroker::default()
                .with_broker_id(BrokerId(broker.node_id()))
                .with_host(text(host))
                .with_port(i32::from(*port)),
        ])
}
