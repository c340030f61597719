//! AlterConfigs (key 33), versions 0–2: replaces a topic's or a group's whole configuration. The
//! broker's own cannot be changed while it runs.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::alter_configs_request::{AlterConfigsRequest, AlterConfigsResource};
use kafka_protocol::messages::alter_configs_response::{AlterConfigsResourceResponse, AlterConfigsResponse};

use super::configs::resource;
use super::support::Failure;
use super::{Request, api};
use crate::broker::Broker;
use crate::config::GROUP_KEYS;
use crate::topics::validate_configs;

api!(ApiKey::AlterConfigs, 0..=2, AlterConfigsRequest, alter_configs);

async fn alter_configs(request: &Request, body: AlterConfigsRequest) -> AlterConfigsResponse {
    let responses = body
        .resources
        .iter()
        .map(|asked| {
            let response = AlterConfigsResourceResponse::default()
                .with_error_message(None)
                .with_resource_type(asked.resource_type)
                .with_resource_name(asked.resource_name.clone());
            let outcome = new_configs(asked).and_then(|configs| {
                replace(
                    &request.broker,
                    asked.resource_type,
                    &asked.resource_name,
                    configs,
                    body.validate_only,
                )
            });
            match outcome {
                Ok(()) => response,
                Err(failure) => response.with_error_code(failure.code).with_error_message(failure.text()),
            }
        })
        .collect();
    AlterConfigsResponse::default().with_responses(responses)
}

fn new_configs(asked: &AlterConfigsResource) -> Result<BTreeMap<String, String>, Failure> {
    asked
        .configs
        .iter()
        .map(|config| match &config.value {
            Some(value) => Ok((config.name.to_string(), value.to_string())),
            None => Err(Failure::new(
                ResponseError::InvalidConfig,
                format!("Null value not supported for configuration {}", config.name.as_str()),
            )),
        })
        .collect()
}

/// Replaces the configuration of a resource.
pub(super) fn replace(
    broker: &Broker,
    resource_type: i8,
    name: &str,
    configs: BTreeMap<String, String>,
    validate_only: bool,
) -> Result<(), Failure> {
    match resource_type {
        resource::TOPIC => {
            let topic = broker.topics.get(name).ok_or(ResponseError::UnknownTopicOrPartition)?;
            validate_configs(&configs)?;
            if !validate_only {
                broker.topics.configure(&topic, configs)?;
            }
            Ok(())
        }
        resource::GROUP => {
            validate_group(name, &configs)?;
            if !validate_only {
                broker
                    .group_configs
                    .replace(name, configs)
                    .map_err(|error| Failure::new(ResponseError::KafkaStorageError, error.to_string()))?;
            }
            Ok(())
        }
        resource::BROKER => Err(Failure::new(
            ResponseError::InvalidRequest,
            "The configuration of this broker is given at its start and cannot be changed while it runs",
        )),
        other => {
            Err(Failure::new(ResponseError::InvalidRequest, format!("Unsupported resource type: {other}")))
        }
    }
}

fn validate_group(name: &str, configs: &BTreeMap<String, String>) -> Result<(), Failure> {
    if name.is_empty() {
        return Err(Failure::new(ResponseError::InvalidRequest, "Group name must not be empty"));
    }
    for (key, value) in configs {
        match GROUP_KEYS.iter().find(|definition| definition.name == key) {
            Some(definition) => {
                definition.validate(value).map_err(|why| Failure::new(ResponseError::InvalidConfig, why))?;
            }
            None => {
                let message = format!("Unknown group config name: {key}");
                return Err(Failure::new(ResponseError::InvalidConfig, message));
            }
        }
    }
    Ok(())
}
