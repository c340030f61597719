//! UnregisterBroker (key 64), version 0: takes a broker that has gone for good out of the cluster.
//! This is the only one, and it is there.

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::unregister_broker_request::UnregisterBrokerRequest;
use kafka_protocol::messages::unregister_broker_response::UnregisterBrokerResponse;

use super::support::Failure;
use super::{Request, api};

api!(ApiKey::UnregisterBroker, 0..=0, UnregisterBrokerRequest, unregister_broker);

async fn unregister_broker(request: &Request, body: UnregisterBrokerRequest) -> UnregisterBrokerResponse {
    let failure = refusal(body.broker_id.0, request.broker.node_id());
    UnregisterBrokerResponse::default().with_error_code(failure.code).with_error_message(failure.text())
}

fn refusal(asked: i32, own: i32) -> Failure {
    match asked == own {
        true => Failure::new(
            ResponseError::InvalidRequest,
            format!("Broker ID {own} answers this request: it cannot be unregistered while it runs"),
        ),
        false => Failure::new(
            ResponseError::BrokerIdNotRegistered,
            format!("Broker ID {asked} is not currently registered"),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_broker_can_be_unregistered() {
        let unknown = refusal(9, 1);
        assert_eq!(
            (unknown.code, unknown.message.unwrap().as_str()),
            (102, "Broker ID 9 is not currently registered")
        );
        assert_eq!(refusal(1, 1).code, 42);
    }
}
