//! Looking at the cluster's topics, and creating the application's own.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::executor::block_on;
use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions, NewTopic, TopicReplication};
use rdkafka::types::RDKafkaErrorCode;

use super::events::ClientEvents;
use super::kafka_error::{client_error, kind_of};
use crate::error::{Error, Result};

const TIMEOUT: Duration = Duration::from_secs(15);

/// A topic to be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TopicSpec {
    pub(crate) name: String,
    pub(crate) partitions: i32,
    pub(crate) config: BTreeMap<String, String>,
}

/// The administrative client of an application. Its calls block.
pub(crate) struct Admin {
    client: AdminClient<ClientEvents>,
}

impl Admin {
    pub(crate) fn new(config: &ClientConfig, client_id: &str) -> Result<Self> {
        let client = config
            .create_with_context(ClientEvents::new(client_id))
            .map_err(|error| client_error("make an admin client", &error))?;
        Ok(Self { client })
    }

    /// All topics of the cluster with their numbers of partitions.
    ///
    /// The whole list is asked for, because a question about one topic makes some brokers create it.
    pub(crate) fn topics(&self) -> Result<BTreeMap<String, i32>> {
        let metadata = self
            .client
            .inner()
            .fetch_metadata(None, TIMEOUT)
            .map_err(|error| client_error("list the cluster's topics", &error))?;
        let topics = metadata.topics().iter().filter(|topic| topic.error().is_none());
        Ok(topics
            .map(|topic| {
                (topic.name().to_owned(), i32::try_from(topic.partitions().len()).unwrap_or(i32::MAX))
            })
            .filter(|(_, partitions)| *partitions > 0)
            .collect())
    }

    /// Creates topics; one that is there already is left as it is.
    pub(crate) fn create(&self, topics: &[TopicSpec], replication_factor: i32) -> Result<()> {
        let new: Vec<NewTopic<'_>> = topics
            .iter()
            .map(|topic| {
                let replication = TopicReplication::Fixed(replication_factor);
                let new = NewTopic::new(&topic.name, topic.partitions, replication);
                topic.config.iter().fold(new, |new, (key, value)| new.set(key, value))
            })
            .collect();
        let options = AdminOptions::new().request_timeout(Some(TIMEOUT)).operation_timeout(Some(TIMEOUT));
        let results = block_on(self.client.create_topics(&new, &options))
            .map_err(|error| client_error("create internal topics", &error))?;
        for result in results {
            match result {
                Ok(topic) => tracing::info!(topic, "internal topic created"),
                Err((topic, RDKafkaErrorCode::TopicAlreadyExists)) => {
                    tracing::debug!(topic, "internal topic exists");
                }
                Err((topic, code)) => {
                    let message = format!(
                        "cannot create internal topic `{topic}`: {code}; check `replication.factor`, the `topic.` \
                         settings and this client's permissions"
                    );
                    return Err(Error::new(kind_of(code), message));
                }
            }
        }
        Ok(())
    }
}

impl std::fmt::Debug for Admin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Admin")
    }
}
