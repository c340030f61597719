//! librdkafka clients from the connection's arguments.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rdkafka::admin::{AdminClient, AdminOptions};
use rdkafka::client::DefaultClientContext;
use rdkafka::consumer::{BaseConsumer, Consumer, ConsumerContext};
use rdkafka::error::{KafkaError, RDKafkaErrorCode};
use rdkafka::{ClientConfig, ClientContext};

use crate::args::Connection;
use crate::failure::Failure;

/// A consumer that commits nothing by itself, for questions about the cluster.
pub(crate) type Client = BaseConsumer<Reasons>;

/// Keeps why a connection failed: whoever asks the client something learns only that no answer came in time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Reasons(Arc<Mutex<Reason>>);

/// Why there is no connection.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
enum Reason {
    #[default]
    Unknown,
    Unreachable(String),
    /// A broker is there, and the two do not agree on encryption or on who the user is.
    Refused(String),
}

impl ClientContext for Reasons {
    fn error(&self, error: KafkaError, reason: &str) {
        tracing::error!(target: "librdkafka", "{error}: {reason}");
        // In a line of its own, and without the state of the connection.
        let text =
            reason.split_whitespace().take_while(|word| *word != "(after").collect::<Vec<_>>().join(" ");
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match (error.rdkafka_error_code(), &*last) {
            (Some(RDKafkaErrorCode::Authentication | RDKafkaErrorCode::SSL), _) => {
                *last = Reason::Refused(text);
            }
            (Some(RDKafkaErrorCode::AllBrokersDown), _) | (_, Reason::Refused(_)) => {}
            _ => *last = Reason::Unreachable(text),
        }
    }
}

impl ConsumerContext for Reasons {}

/// Whether a consumer overcomes this error by itself: it connects again when the broker is back.
pub(crate) fn is_transient(error: &KafkaError) -> bool {
    use RDKafkaErrorCode::{
        AllBrokersDown, BrokerTransportFailure, CoordinatorLoadInProgress, CoordinatorNotAvailable,
        NotCoordinator, OperationTimedOut, RequestTimedOut, Resolve, WaitingForCoordinator,
    };
    matches!(
        error.rdkafka_error_code(),
        Some(
            AllBrokersDown
                | BrokerTransportFailure
                | CoordinatorLoadInProgress
                | CoordinatorNotAvailable
                | NotCoordinator
                | OperationTimedOut
                | RequestTimedOut
                | Resolve
                | WaitingForCoordinator
        )
    )
}

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
    pub(crate) fn consumer(&self, group: Option<&str>) -> Result<Client, Failure> {
        let group = group.unwrap_or("streams-cli");
        let config = self.config(&[("group.id", group), ("enable.auto.commit", "false")]);
        Ok(config.create_with_context(Reasons::default())?)
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
    pub(crate) fn reach(&self, consumer: &Client) -> Result<(), Failure> {
        let Err(error) = consumer.fetch_metadata(Some("__streams_cli_probe"), self.timeout()) else {
            return Ok(());
        };
        // The reasons come with the events that wait to be polled.
        for _ in 0..100 {
            if consumer.poll(Duration::from_millis(10)).is_none() {
                break;
            }
        }
        let (servers, ms) = (&self.bootstrap_servers, self.timeout_ms);
        let reason = consumer.context().0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let why = match reason {
            Reason::Refused(text) => {
                return Err(Failure::new(format!(
                    "the broker at {servers} does not accept this client: {text}"
                )));
            }
            Reason::Unreachable(text) => text,
            Reason::Unknown => error.to_string(),
        };
        Err(Failure::new(format!(
            "no broker answers at {servers} within {ms} ms ({why}); \
             is it running, and are --bootstrap-servers and security.protocol right?"
        )))
    }
}
