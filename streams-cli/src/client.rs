//! librdkafka clients from the connection's arguments.

use std::time::Duration;

use rdkafka::ClientConfig;
use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::args::Connection;
use crate::failure::Failure;

impl Connection {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_millis(self.timeout_ms)
    }

    /// Settings that all clients share.
    pub(crate) fn config(&self) -> ClientConfig {
        let mut config = ClientConfig::new();
        config.set("bootstrap.servers", &self.bootstrap_servers).set("client.id", "streams-cli");
        for (key, value) in &self.client_config {
            config.set(key, value);
        }
        config
    }

    /// An administrator's client, after a look at whether anybody answers.
    pub(crate) fn admin(&self) -> Result<AdminClient<DefaultClientContext>, Failure> {
        self.reach(&self.consumer(None)?)?;
        Ok(self.config().create()?)
    }

    pub(crate) fn admin_options(&self) -> AdminOptions {
        AdminOptions::new().operation_timeout(Some(self.timeout())).request_timeout(Some(self.timeout()))
    }

    /// A consumer that commits nothing by itself.
    pub(crate) fn consumer(&self, group: Option<&str>) -> Result<BaseConsumer, Failure> {
        let mut config = self.config();
        config.set("group.id", group.unwrap_or("streams-cli")).set("enable.auto.commit", "false");
        Ok(config.create()?)
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
