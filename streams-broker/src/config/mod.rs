//! Configuration under Kafka's keys: what a key is, the broker's keys, the topics' keys, and the
//! typed values that the broker works with.

mod broker_keys;
mod client_metrics;
mod definition;
mod documentation;
mod group_configs;
mod live;
mod named_configs;
mod reported_keys;
mod settings;
mod topic_config;
mod topic_keys;

pub(crate) use broker_keys::{BROKER_KEYS, broker_key, is_dynamic, validate_broker_value};
pub(crate) use client_metrics::{CLIENT_METRICS_KEYS, Subscription, validate_client_metrics};
pub(crate) use definition::{Definition, Kind};
pub(crate) use documentation::documentation;
pub(crate) use group_configs::{GROUP_KEYS, validate_group_configs};
pub(crate) use live::{LiveSettings, MIN_ISR, Scope};
pub(crate) use named_configs::NamedConfigs;
pub(crate) use reported_keys::{REPORTED_KEYS, ReportedKey, reported_key};
#[cfg(test)]
pub(crate) use settings::SET_ELSEWHERE;
pub(crate) use settings::{DataDir, Settings};
pub(crate) use topic_config::{TimestampType, TopicConfig, effective};
pub(crate) use topic_keys::{TOPIC_KEYS, topic_key};
