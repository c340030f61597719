//! DescribeConfigs (key 32), versions 1–4: topics, this broker and its loggers, groups, subscriptions to
//! clients' metrics.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_configs_request::{DescribeConfigsRequest, DescribeConfigsResource};
use kafka_protocol::messages::describe_configs_response::{
    DescribeConfigsResourceResult, DescribeConfigsResponse, DescribeConfigsResult, DescribeConfigsSynonym,
};
use kafka_protocol::protocol::StrBytes;

use super::configs::{
    Entry, Source, broker_entries, client_metrics_entries, default_entries, group_entries, resource,
    topic_entries,
};
use super::repeated::first_of_each;
use super::support::{Failure, MALFORMED, text};
use super::{Request, api, loggers};
use crate::broker::Broker;
use crate::config::{broker_key, documentation, is_dynamic, reported_key};
use crate::topics::validate_name;

api!(ApiKey::DescribeConfigs, 1..=4, DescribeConfigsRequest, describe_configs);

async fn describe_configs(request: &Request, body: DescribeConfigsRequest) -> DescribeConfigsResponse {
    let detail = Detail { synonyms: body.include_synonyms, documentation: body.include_documentation };
    // A resource that is named twice is answered once, so that a small request has no large answer.
    let results = first_of_each(&body.resources, |asked| (asked.resource_type, &asked.resource_name))
        .map(|(asked, _)| {
            // As on Apache Kafka the text of no error is empty, not null.
            let result = DescribeConfigsResult::default()
                .with_error_message(Some(StrBytes::default()))
                .with_resource_type(asked.resource_type)
                .with_resource_name(asked.resource_name.clone());
            match describe(&request.broker, asked, detail) {
                Ok(configs) => result.with_configs(configs),
                Err(failure) => result
                    .with_error_code(failure.code)
                    .with_error_message(Some(failure.text().unwrap_or_default())),
            }
        })
        .collect();
    DescribeConfigsResponse::default().with_results(results)
}

/// What is wanted beyond values.
#[derive(Debug, Clone, Copy)]
struct Detail {
    synonyms: bool,
    documentation: bool,
}

fn describe(
    broker: &Broker,
    asked: &DescribeConfigsResource,
    detail: Detail,
) -> Result<Vec<DescribeConfigsResourceResult>, Failure> {
    let name = asked.resource_name.as_str();
    let settings = &broker.settings.now();
    let encode = |entries: &mut dyn Iterator<Item = Entry<'_>>, read_only: fn(&str) -> bool| {
        entries
            .filter(|entry| wanted(asked, entry.definition.name))
            .map(|entry| encode(&entry, detail, read_only(entry.definition.name)))
            .collect()
    };
    match asked.resource_type {
        resource::TOPIC => {
            validate_name(name).map_err(|why| Failure::new(ResponseError::InvalidTopicException, why))?;
            let topic = broker.topics.get(name).ok_or(ResponseError::UnknownTopicOrPartition)?;
            let overrides: &BTreeMap<_, _> = &topic.overrides();
            Ok(encode(&mut topic_entries(overrides, settings), |_| false))
        }
        // The empty name stands for the defaults of all brokers.
        resource::BROKER if name.is_empty() => {
            let mut all: Vec<_> = encode(&mut default_entries(settings), |_| false);
            all.extend(unknown(asked, &settings.changes.default, Source::DynamicDefault, detail));
            Ok(all)
        }
        resource::BROKER if name.parse() == Ok(broker.node_id()) => {
            let mut all: Vec<_> = encode(&mut broker_entries(settings), |key| !is_dynamic(key));
            all.extend(unknown(asked, &settings.changes.broker, Source::DynamicBroker, detail));
            Ok(all)
        }
        resource::BROKER => Err(Failure::new(
            ResponseError::InvalidRequest,
            match name.parse::<i32>() {
                Ok(other) => format!(
                    "Unexpected broker id, expected {} or empty string, but received {other}",
                    broker.node_id()
                ),
                Err(_) => format!("Broker id must be an integer, but it is: {name}"),
            },
        )),
        resource::GROUP if name.is_empty() => {
            Err(Failure::new(ResponseError::InvalidRequest, "Group name must not be empty"))
        }
        resource::GROUP => {
            let overrides = broker.group_configs.overrides(name);
            Ok(encode(&mut group_entries(&overrides, settings), |_| false))
        }
        resource::LOGGER => {
            loggers::check_described(name, broker.node_id())?;
            let root = wanted(asked, loggers::ROOT).then(|| loggers::describe(detail.documentation));
            Ok(root.into_iter().collect())
        }
        resource::CLIENT_METRICS if name.is_empty() => Err(Failure::new(
            ResponseError::InvalidRequest,
            "Client metrics subscription name must not be empty",
        )),
        resource::CLIENT_METRICS => {
            let overrides = broker.client_metrics.overrides(name);
            Ok(encode(&mut client_metrics_entries(&overrides), |_| false))
        }
        _ => Err(Failure::new(ResponseError::InvalidRequest, MALFORMED)),
    }
}

fn wanted(asked: &DescribeConfigsResource, name: &str) -> bool {
    // Null asks for all keys, and so does an empty list.
    let all = |keys: &Vec<StrBytes>| keys.is_empty();
    asked
        .configuration_keys
        .as_ref()
        .is_none_or(|keys| all(keys) || keys.iter().any(|key| key.as_str() == name))
}

/// Keys that clients have set and that this broker does not know. As on Apache Kafka their values
/// are not shown: they might be secrets.
fn unknown(
    asked: &DescribeConfigsResource,
    set: &BTreeMap<String, String>,
    source: Source,
    detail: Detail,
) -> Vec<DescribeConfigsResourceResult> {
    set.keys()
        .filter(|key| broker_key(key).is_none() && reported_key(key).is_none() && wanted(asked, key))
        .map(|key| {
            let synonym = DescribeConfigsSynonym::default()
                .with_name(text(&**key))
                .with_value(None)
                .with_source(source as i8);
            DescribeConfigsResourceResult::default()
                .with_documentation(None)
                .with_name(text(&**key))
                .with_value(None)
                .with_read_only(true)
                .with_is_sensitive(true)
                .with_config_source(source as i8)
                .with_synonyms(if detail.synonyms { vec![synonym] } else { Vec::new() })
        })
        .collect()
}

fn encode(entry: &Entry<'_>, detail: Detail, read_only: bool) -> DescribeConfigsResourceResult {
    let documentation = detail.documentation.then(|| documentation(entry.definition.name));
    let result = DescribeConfigsResourceResult::default()
        .with_documentation(documentation.map(text))
        .with_name(entry.name())
        .with_value(entry.value())
        .with_is_sensitive(entry.is_sensitive())
        .with_read_only(read_only)
        .with_config_source(entry.source as i8)
        .with_config_type(entry.definition.kind as i8);
    if !detail.synonyms {
        return result;
    }
    result.with_synonyms(
        entry
            .synonyms
            .iter()
            .map(|(name, value, source)| {
                DescribeConfigsSynonym::default()
                    .with_name(StrBytes::from_static_str(name))
                    .with_value((!entry.is_sensitive()).then(|| text(*value)))
                    .with_source(*source as i8)
            })
            .collect(),
    )
}
