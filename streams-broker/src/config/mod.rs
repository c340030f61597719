//! Configuration under Kafka's keys: what a key is, the broker's keys, the topics' keys, and the
//! typed values that the broker works with.

mod broker_keys;
mod definition;
mod group_configs;
mod live;
mod settings;
mod topic_config;
mod topic_keys;

pub(crate) use broker_keys::{BROKER_KEYS, broker_key, is_dynamic};
pub(crate) use definition::{Definition, Kind};
pub(crate) use group_configs::{GROUP_KEYS, GroupConfigs, validate_group_configs};
pub(crate) use live::{LiveSettings, Scope};
pub(crate) use settings::{DataDir, Settings};
pub(crate) use topic_config::{TimestampType, TopicConfig, effective};
pub(crate) use topic_keys::{TOPIC_KEYS, topic_key};
