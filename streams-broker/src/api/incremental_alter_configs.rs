//! IncrementalAlterConfigs (key 44), versions 0–1: SET, DELETE, APPEND and SUBTRACT single keys of
//! a topic, a group, a subscription to clients' metrics, or the broker (KIP-339, KIP-226).

use std::collections::{BTreeMap, HashSet};
use std::sync::PoisonError;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::incremental_alter_configs_request::{
    AlterConfigsResource, AlterableConfig, IncrementalAlterConfigsRequest,
};
use kafka_protocol::messages::incremental_alter_configs_response::{
    AlterConfigsResourceResponse, IncrementalAlterConfigsResponse,
};

use super::alter_configs::{broker_scope, repeated_resource, replace, topic_of};
use super::configs::resource;
use super::loggers::{Wish, alter as alter_logger, check_altered};
use super::repeated::with_repeats;
use super::support::Failure;
use super::{Request, api};
use crate::broker::Broker;
use crate::config::{Kind, MIN_ISR, Scope, broker_key, effective, topic_key};

api!(ApiKey::IncrementalAlterConfigs, 0..=1, IncrementalAlterConfigsRequest, incremental_alter_configs);

const SET: i8 = 0;
const DELETE: i8 = 1;
const APPEND: i8 = 2;
const SUBTRACT: i8 = 3;

async fn incremental_alter_configs(
    request: &Request,
    body: IncrementalAlterConfigsRequest,
) -> IncrementalAlterConfigsResponse {
    let responses = with_repeats(&body.resources, |asked| (asked.resource_type, &asked.resource_name))
        .map(|(asked, repeated)| {
            let response = AlterConfigsResourceResponse::default()
                .with_error_message(None)
                .with_resource_type(asked.resource_type)
                .with_resource_name(asked.resource_name.clone());
            let outcome = match repeated {
                false => alter(&request.broker, asked, body.validate_only),
                true => Err(repeated_resource()),
            };
            match outcome {
                Ok(()) => response,
                Err(failure) => response.with_error_code(failure.code).with_error_message(failure.text()),
            }
        })
        .collect();
    IncrementalAlterConfigsResponse::default().with_responses(responses)
}

fn alter(broker: &Broker, asked: &AlterConfigsResource, validate_only: bool) -> Result<(), Failure> {
    let name = asked.resource_name.as_str();
    let mut seen = HashSet::new();
    if !asked.configs.iter().all(|config| seen.insert(config.name.as_str())) {
        let message = "Error due to duplicate config keys";
        return Err(Failure::new(ResponseError::InvalidRequest, message));
    }
    let _altering = broker.altering.lock().unwrap_or_else(PoisonError::into_inner);
    let mut configs = match asked.resource_type {
        resource::TOPIC => {
            let topic = topic_of(broker, name)?;
            (*topic.overrides()).clone()
        }
        resource::BROKER => {
            let scope = broker_scope(broker, name)?;
            asked.configs.iter().try_for_each(|config| check_min_isr(scope, config))?;
            broker.settings.now().changes.of(scope).clone()
        }
        resource::GROUP => broker.group_configs.overrides(name),
        resource::CLIENT_METRICS => broker.client_metrics.overrides(name),
        resource::LOGGER => {
            check_altered(name, broker.node_id())?;
            return asked.configs.iter().try_for_each(|change| alter_logger(&change.name, wish(change)?));
        }
        _ => BTreeMap::new(),
    };
    for change in &asked.configs {
        apply(broker, asked.resource_type, &mut configs, change)?;
    }
    replace(broker, asked.resource_type, name, configs, validate_only)
}

/// What a change wants of a logger.
fn wish(change: &AlterableConfig) -> Result<Wish<'_>, Failure> {
    match (change.config_operation, &change.value) {
        (DELETE, _) => Ok(Wish::Unset),
        (APPEND, _) => Ok(Wish::List("APPEND")),
        (SUBTRACT, _) => Ok(Wish::List("SUBTRACT")),
        (SET, Some(level)) => Ok(Wish::Set(level)),
        (SET, None) => Err(null_value(&change.name)),
        _ => Err(ResponseError::UnknownServerError.into()),
    }
}

fn null_value(key: &str) -> Failure {
    Failure::new(ResponseError::InvalidRequest, format!("Null value not supported for : {key}"))
}

/// Eligible leader replicas (KIP-966) need one minimum of replicas for all brokers.
fn check_min_isr(scope: Scope, change: &AlterableConfig) -> Result<(), Failure> {
    let message = match (scope, change.config_operation) {
        _ if change.name.as_str() != MIN_ISR => return Ok(()),
        (Scope::Broker, _) => format!("Broker-level {MIN_ISR} cannot be altered while ELR is enabled."),
        (Scope::Default, DELETE) => {
            format!("Cluster-level {MIN_ISR} cannot be removed while ELR is enabled.")
        }
        (Scope::Default, _) => return Ok(()),
    };
    Err(Failure::new(ResponseError::InvalidConfig, message))
}

fn apply(
    broker: &Broker,
    resource_type: i8,
    configs: &mut BTreeMap<String, String>,
    change: &AlterableConfig,
) -> Result<(), Failure> {
    let key = change.name.as_str();
    let value = match (&change.value, change.config_operation) {
        (_, DELETE) => {
            configs.remove(key);
            return Ok(());
        }
        (Some(value), _) => value.as_str(),
        (None, _) => return Err(null_value(key)),
    };
    match change.config_operation {
        SET => {
            configs.insert(key.to_owned(), value.to_owned());
            Ok(())
        }
        APPEND | SUBTRACT => {
            // As on Apache Kafka groups and subscriptions have no lists to edit, whatever their types.
            let definition = match resource_type {
                resource::BROKER => broker_key(key),
                _ => topic_key(key),
            };
            if definition.is_none_or(|definition| definition.kind != Kind::List) {
                let what = if change.config_operation == APPEND { "APPEND" } else { "SUBTRACT" };
                let message = match resource_type {
                    resource::BROKER => {
                        let what = what.to_ascii_lowercase();
                        format!("Config value {what} is not allowed for config key: {key}")
                    }
                    _ => format!("Can't {what} to key {key} because its type is not LIST."),
                };
                return Err(Failure::new(ResponseError::InvalidConfig, message));
            }
            if value.trim().is_empty() {
                let message = format!("Configuration '{key}' values must not be empty.");
                return Err(Failure::new(ResponseError::InvalidConfig, message));
            }
            let settings = broker.settings.now();
            let current = match resource_type {
                resource::BROKER => configs.get(key).map_or(settings.value(key), String::as_str),
                _ => effective(key, configs, &settings),
            };
            let current = current.to_owned();
            configs.insert(key.to_owned(), edit_list(&current, value, change.config_operation == APPEND));
            Ok(())
        }
        _ => Err(ResponseError::UnknownServerError.into()),
    }
}

/// Adds elements to a list, or takes them out.
fn edit_list(current: &str, elements: &str, append: bool) -> String {
    let split = |list: &'_ str| -> Vec<String> {
        list.split(',').map(str::trim).filter(|element| !element.is_empty()).map(str::to_owned).collect()
    };
    let (mut list, elements) = (split(current), split(elements));
    list.retain(|element| append || !elements.contains(element));
    if append {
        for element in elements {
            if !list.contains(&element) {
                list.push(element);
            }
        }
    }
    list.join(",")
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;

    use kafka_protocol::protocol::StrBytes;

    use super::*;
    use crate::config::{DataDir, Settings};

    #[test]
    fn changes_that_come_together_are_all_kept() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let settings = Settings { data_dir: DataDir::Temporary, ..Settings::default() };
        let broker = Broker::open(settings, ("127.0.0.1".into(), 9092), runtime.handle()).unwrap();
        let set = |key: String| {
            let config = AlterableConfig::default()
                .with_name(StrBytes::from_string(key))
                .with_value(Some(StrBytes::from_static_str("1")));
            let asked = AlterConfigsResource::default()
                .with_resource_type(resource::BROKER)
                .with_configs(vec![config]);
            alter(&broker, &asked, false).unwrap();
        };
        let together = Barrier::new(2);
        std::thread::scope(|scope| {
            for who in ["a", "b"] {
                let (set, together) = (&set, &together);
                scope.spawn(move || {
                    for n in 0..50 {
                        together.wait();
                        set(format!("{who}.{n}"));
                    }
                });
            }
        });
        let changes = &broker.settings.now().changes.default;
        assert_eq!(changes.keys().filter(|key| *key != MIN_ISR).count(), 100);
    }

    #[test]
    fn lists_are_edited_element_by_element() {
        assert_eq!(edit_list("delete", "compact, delete", true), "delete,compact");
        assert_eq!(edit_list("delete,compact", "delete", false), "compact");
        assert_eq!(edit_list("", "a", true), "a");
    }
}
