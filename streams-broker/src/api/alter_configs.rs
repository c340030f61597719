//! AlterConfigs (key 33), versions 0–2: replaces the whole configuration of a topic, a
//! group or a subscription to clients' metrics, or all that has been set for the broker while it runs.

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, PoisonError};

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::alter_configs_request::{AlterConfigsRequest, AlterConfigsResource};
use kafka_protocol::messages::alter_configs_response::{AlterConfigsResourceResponse, AlterConfigsResponse};

use super::configs::resource;
use super::repeated::with_repeats;
use super::support::Failure;
use super::{Request, api};
use crate::broker::Broker;
use crate::config::{
    MIN_ISR, ReportedKey, Scope, broker_key, is_dynamic, reported_key, validate_broker_value,
    validate_client_metrics, validate_group_configs,
};
use crate::topics::{Topic, validate_configs, validate_name};

/// Longest value of a configuration, in Java's characters.
const MAX_VALUE_LENGTH: usize = i16::MAX as usize;

api!(ApiKey::AlterConfigs, 0..=2, AlterConfigsRequest, alter_configs);

async fn alter_configs(request: &Request, body: AlterConfigsRequest) -> AlterConfigsResponse {
    let responses = with_repeats(&body.resources, |asked| (asked.resource_type, &asked.resource_name))
        .map(|(asked, repeated)| {
            let response = AlterConfigsResourceResponse::default()
                .with_error_message(None)
                .with_resource_type(asked.resource_type)
                .with_resource_name(asked.resource_name.clone());
            let wished = if repeated { Err(repeated_resource()) } else { new_configs(asked) };
            let outcome = wished.and_then(|configs| {
                let _altering = request.broker.altering.lock().unwrap_or_else(PoisonError::into_inner);
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

/// The answer to each of several entries for one resource.
pub(super) fn repeated_resource() -> Failure {
    Failure::new(ResponseError::InvalidRequest, "Each resource must appear at most once.")
}

fn new_configs(asked: &AlterConfigsResource) -> Result<BTreeMap<String, String>, Failure> {
    let mut seen = HashSet::new();
    if !asked.configs.iter().all(|config| seen.insert(config.name.as_str())) {
        return Err(Failure::new(ResponseError::InvalidRequest, "Error due to duplicate config keys"));
    }
    asked
        .configs
        .iter()
        .map(|config| match &config.value {
            Some(value) => Ok((config.name.to_string(), value.to_string())),
            None => Err(Failure::new(
                ResponseError::InvalidRequest,
                format!("Null value not supported for : {}", config.name.as_str()),
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
    // A longer one could not be described in the older versions.
    if configs.values().any(|value| value.encode_utf16().count() > MAX_VALUE_LENGTH) {
        let message = "The configuration value cannot be added because it exceeds the maximum value size of 32767 bytes.";
        return Err(Failure::new(ResponseError::InvalidConfig, message));
    }
    match resource_type {
        resource::TOPIC => {
            let topic = topic_of(broker, name)?;
            validate_configs(&configs)?;
            if !validate_only {
                broker.topics.configure(&topic, configs)?;
            }
            Ok(())
        }
        resource::GROUP => {
            if name.is_empty() {
                return Err(Failure::new(
                    ResponseError::InvalidRequest,
                    "Default group resources are not allowed.",
                ));
            }
            validate_group_configs(&configs, &broker.settings.now())
                .map_err(|why| Failure::new(ResponseError::InvalidConfig, why))?;
            if !validate_only {
                broker
                    .group_configs
                    .replace(name, configs)
                    .map_err(|error| Failure::new(ResponseError::KafkaStorageError, error.to_string()))?;
            }
            Ok(())
        }
        resource::BROKER => {
            let scope = broker_scope(broker, name)?;
            let mut configs = configs;
            // There always is a minimum for all brokers, see `MIN_ISR`.
            if let (Scope::Default, Some(min)) =
                (scope, broker.settings.now().changes.of(scope).get(MIN_ISR).cloned())
            {
                configs.entry(MIN_ISR.to_owned()).or_insert(min);
            }
            validate_broker(scope, &configs)?;
            if !validate_only {
                broker
                    .settings
                    .replace(scope, configs)
                    .map_err(|error| Failure::new(ResponseError::KafkaStorageError, error.to_string()))?;
                broker.topics.refresh();
            }
            Ok(())
        }
        resource::CLIENT_METRICS => {
            if name.is_empty() {
                return Err(Failure::new(ResponseError::InvalidRequest, "Subscription name can't be empty"));
            }
            validate_client_metrics(&configs).map_err(|(error, why)| Failure::new(error, why))?;
            if !validate_only {
                broker
                    .client_metrics
                    .replace(name, configs)
                    .map_err(|error| Failure::new(ResponseError::KafkaStorageError, error.to_string()))?;
            }
            Ok(())
        }
        other => Err(Failure::new(ResponseError::InvalidRequest, format!("Unknown resource type {other}"))),
    }
}

/// Which brokers a broker resource stands for: without a name all of them.
pub(super) fn broker_scope(broker: &Broker, name: &str) -> Result<Scope, Failure> {
    if name.is_empty() {
        return Ok(Scope::Default);
    }
    let message = match name.parse::<i32>() {
        Ok(id) if id == broker.node_id() => return Ok(Scope::Broker),
        Ok(id) => format!("Unexpected broker id, expected {}, but received {id}", broker.node_id()),
        Err(_) => format!("Node id must be an integer, but it is: {name}"),
    };
    Err(Failure::new(ResponseError::InvalidRequest, message))
}

/// Checks what is to be set for a broker. As on Apache Kafka unknown keys are taken.
fn validate_broker(scope: Scope, configs: &BTreeMap<String, String>) -> Result<(), Failure> {
    let invalid = |why| Failure::new(ResponseError::InvalidRequest, why);
    let refused = |refused: &dyn Fn(&str) -> bool| {
        let keys: Vec<&str> = configs.keys().map(String::as_str).filter(|key| refused(key)).collect();
        (!keys.is_empty()).then(|| keys.join(", "))
    };
    let is_known = |key: &str| broker_key(key).is_some() || reported_key(key).is_some();
    if let Some(keys) = refused(&|key| is_known(key) && !is_dynamic(key)) {
        return Err(invalid(format!("Cannot update these configs dynamically: [{keys}]")));
    }
    let is_per_broker = |key: &str| reported_key(key).is_some_and(ReportedKey::is_per_broker);
    if let (Scope::Default, Some(keys)) = (scope, refused(&is_per_broker)) {
        return Err(invalid(format!(
            "Cannot update these configs at default cluster level, broker id must be specified: [{keys}]"
        )));
    }
    configs.iter().try_for_each(|(key, value)| validate_broker_value(key, value).map_err(invalid))
}

/// The topic of a resource.
pub(super) fn topic_of(broker: &Broker, name: &str) -> Result<Arc<Topic>, Failure> {
    if name.is_empty() {
        return Err(Failure::new(ResponseError::InvalidRequest, "Default topic resources are not allowed."));
    }
    validate_name(name).map_err(|why| Failure::new(ResponseError::InvalidTopicException, why))?;
    broker.topics.get(name).ok_or_else(|| {
        Failure::new(ResponseError::UnknownTopicOrPartition, format!("The topic '{name}' does not exist."))
    })
}
