//! librdkafka clients from the connection's arguments.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};

use crate::args::Connection;
use crate::failure::Failure;

impl Connection {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// The settings of a client: these, and over them what the user says.
    pub(crate) fn config(&self, settings: &[(&str, &str)]) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap_servers).set("client.id", "streams-cli");
        let user = self.client_config.iter().map(|(key, value)| (key.as_str(), value.as_str()));
        for (key, value) in settings.iter().copied().chain(user) {
            config.set(key, value);
        }
        config
    }

    /// An administrator's client, after a look at whether anybody answers.
    pub(crate) fn admin(&self) -> Result<AdminClient<DefaultClientContext>, Failure> {
        self.reach(&self.consumer(None)?)?;
        Ok(self.config(&[]).create()?)
    }

    pub(crate) fn admin_options(&self) -> AdminOptions {
        AdminOptions::new().operation_timeout(Some(self.timeout())).request_timeout(Some(self.timeout()))
    }

    /// A consumer that commits nothing by itself.
    pub(crate) fn consumer(&self, group: Option<&str>) -> Result<BaseConsumer, Failure> {
        let group = group.unwrap_or("streams-cli");
        Ok(self.config(&[("group.id", group), ("enable.auto.commit", "false")]).create()?)
    }

    /// The partitions of a topic.
    pub(crate) fn partitions<X: ConsumerContext>(
        &self,
        consumer: &impl Consumer<X>,
        topic: &str,
    ) -> Result<Vec<i32>, Failure> {
        let metadata = consumer.fetch_metadata(Some(topic), self.timeout())?;
        let found = metadata.topics().iter().find(|found| found.name() == topic && found.error().is_none());
        let found = found.ok_or_else(|| Failure::new(format!("there is no topic {topic}")))?;
        Ok(found.partitions().iter().map(|partition| partition.id()).collect())
    }

    /// Fails in plain words if no broker answers.
    pub(crate) fn reach(&self, consumer: &BaseConsumer) -> Result<(), Failure> {
        consumer.fetch_metadata(Some("__streams_cli_probe"), self.timeout()).map(drop).map_err(|error| {
            Failure::new(format!(
                "no broker answers at {} within {} ms ({error}); is it running, and is --bootstrap-servers right?",
                self.bootstrap_servers, self.timeout_ms
            ))
        })
    }
}
