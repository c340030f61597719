//! The handle of a running broker.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tracing::info;

use crate::broker::Broker;
use crate::builder::Builder;
use crate::config::Settings;
use crate::error::{Error, ErrorKind, Result};
use crate::fault::{FaultTable, Faults, Journal, JournalState};
use crate::metrics::BrokerMetrics;
use crate::server;
use crate::topics::{NewTopic, TopicError};

/// A broker that runs inside this process, on threads of its own.
///
/// Dropping the handle stops the broker cleanly, as [`shutdown_blocking`](Self::shutdown_blocking)
/// does.
#[derive(Debug)]
pub struct EmbeddedBroker {
    running: Option<Running>,
    bootstrap_servers: String,
    faults: Arc<FaultTable>,
    journal: Arc<JournalState>,
}

#[derive(Debug)]
struct Running {
    runtime: Runtime,
    broker: Arc<Broker>,
    server: JoinHandle<()>,
}

impl EmbeddedBroker {
    /// Begins with the default settings: loopback, a free port, a temporary data directory.
    pub fn builder() -> Builder {
        Builder::default()
    }

    pub(crate) fn start(settings: Settings) -> Result<Self> {
        settings.validate()?;
        // The caller may be a runtime's own thread, which must not block on another runtime.
        on_own_thread(move || start(settings))
    }

    /// The address to give to clients as `bootstrap.servers`: `host:port`.
    pub fn bootstrap_servers(&self) -> &str {
        &self.bootstrap_servers
    }

    /// Faults that requests are to meet.
    pub fn faults(&self) -> Faults {
        Faults::new(Arc::clone(&self.faults))
    }

    /// The requests that have come in since this was first called.
    pub fn journal(&self) -> Journal {
        Journal::new(Arc::clone(&self.journal))
    }

    /// Creates a topic from inside, without a client. `partitions` is `num.partitions` if `None`.
    /// Returns whether it was missing.
    ///
    /// ```
    /// use streams_broker::EmbeddedBroker;
    ///
    /// let broker = EmbeddedBroker::builder().start_blocking()?;
    /// assert!(broker.create_topic("orders", Some(4))?);
    /// assert!(!broker.create_topic("orders", None)?);
    /// # Ok::<(), streams_broker::Error>(())
    /// ```
    ///
    /// # Errors
    /// If the name or the number is not allowed, the topic cannot be written, or the broker has
    /// been stopped.
    pub fn create_topic(&self, name: &str, partitions: Option<u32>) -> Result<bool> {
        let Some(Running { broker, .. }) = &self.running else {
            return Err(Error::new(ErrorKind::Closed, "the broker has been stopped; start a new one"));
        };
        let partitions = partitions.map_or(broker.settings.number("num.partitions"), i64::from);
        let new = NewTopic {
            name: name.to_owned(),
            partitions: i32::try_from(partitions).unwrap_or(i32::MAX),
            configs: BTreeMap::new(),
        };
        match broker.topics.create(new) {
            Ok(_) => Ok(true),
            Err(TopicError::Exists(_)) => Ok(false),
            Err(TopicError::Storage(source)) => {
                Err(Error::storage("create the topic in", &broker.data_dir, source))
            }
            Err(
                TopicError::InvalidName(why)
                | TopicError::InvalidPartitions(why)
                | TopicError::InvalidConfig(why)
                | TopicError::Unknown(why),
            ) => Err(Error::config(format!("cannot create topic {name}: {why}"))),
        }
    }

    /// What the broker has counted, and what it holds. Empty once it has been stopped.
    pub fn metrics(&self) -> BrokerMetrics {
        self.running.as_ref().map(|running| running.broker.counters.read(&running.broker)).unwrap_or_default()
    }

    /// Stops cleanly: requests under way are finished, logs are flushed to disk and marked clean,
    /// so that the next start need not scan them.
    ///
    /// # Errors
    /// If a log cannot be flushed. The broker is stopped all the same.
    pub async fn shutdown(self) -> Result<()> {
        self.shutdown_blocking()
    }

    /// [`shutdown`](Self::shutdown) without `async`.
    ///
    /// # Errors
    /// As [`shutdown`](Self::shutdown).
    pub fn shutdown_blocking(mut self) -> Result<()> {
        self.running.take().map_or(Ok(()), |running| on_own_thread(move || running.shutdown()))
    }

    /// Stops at once, as a crash would: connections are dropped, nothing is flushed or marked.
    /// What has been acknowledged lies in the operating system's page cache and is there at the
    /// next start.
    pub fn kill(mut self) {
        if let Some(running) = self.running.take() {
            // The result has no content; the thread's only failure would be a panic inside tokio.
            let _ = on_own_thread(move || {
                running.kill();
                Ok(())
            });
        }
    }
}

impl Drop for EmbeddedBroker {
    fn drop(&mut self) {
        if let Some(running) = self.running.take()
            && let Err(error) = on_own_thread(move || running.shutdown())
        {
            tracing::error!(%error, "the broker did not stop cleanly");
        }
    }
}

impl Running {
    fn shutdown(self) -> Result<()> {
        self.broker.stop();
        // It fails only if the server task panicked; the logs are to be closed even then.
        let _ = self.runtime.block_on(self.server);
        self.runtime.shutdown_timeout(Duration::from_secs(5));
        self.broker.close()
    }

    fn kill(self) {
        self.server.abort();
        self.broker.stop();
        self.runtime.shutdown_timeout(Duration::from_secs(5));
    }
}

fn start(settings: Settings) -> Result<EmbeddedBroker> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(settings.worker_threads)
        .thread_name("streams-broker")
        .enable_all()
        .build()
        .map_err(|source| {
            Error::new(ErrorKind::Internal, format!("cannot start the broker's threads: {source}"))
                .with_source(source)
        })?;
    let (listener, local) = runtime.block_on(server::bind(&settings.listen, settings.remote))?;
    let advertised = match &settings.advertised {
        Some(address) => parse_address(address)?,
        None => advertised(local),
    };
    let bootstrap_servers = host_and_port(&advertised.0, advertised.1);
    let broker = Broker::open(settings, advertised, runtime.handle())?;
    info!(%bootstrap_servers, node_id = broker.node_id(), "broker ready");
    let server = runtime.spawn(server::serve(listener, Arc::clone(&broker)));
    let (faults, journal) = (Arc::clone(&broker.faults), Arc::clone(&broker.journal));
    let running = Some(Running { runtime, broker, server });
    Ok(EmbeddedBroker { running, bootstrap_servers, faults, journal })
}

/// As clients write an address; that of IPv6 has colons of its own.
fn host_and_port(host: &str, port: u16) -> String {
    if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") }
}

/// The host and port that clients are told for a listen address: the wildcard is of no use to
/// them.
fn advertised(local: SocketAddr) -> (String, u16) {
    let host = match local.ip() {
        ip if ip.is_unspecified() => "127.0.0.1".to_owned(),
        ip => ip.to_string(),
    };
    (host, local.port())
}

fn parse_address(address: &str) -> Result<(String, u16)> {
    address
        .rsplit_once(':')
        .map(|(host, port)| (host.trim_start_matches('[').trim_end_matches(']'), port))
        .filter(|(host, _)| !host.is_empty())
        .and_then(|(host, port)| Some((host.to_owned(), port.parse().ok().filter(|port| *port > 0)?)))
        .ok_or_else(|| Error::config(format!("advertised address {address} is not of the form host:port")))
}

fn on_own_thread<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    thread::Builder::new()
        .name("streams-broker-control".into())
        .spawn(work)
        .map_err(|source| {
            Error::new(ErrorKind::Internal, format!("cannot start a thread: {source}")).with_source(source)
        })?
        .join()
        .unwrap_or_else(|_| Err(Error::new(ErrorKind::Internal, "the broker's control thread panicked")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_and_written_as_clients_do() {
        for (address, host, port) in [("[::1]:9092", "::1", 9092), ("here.example:1", "here.example", 1)] {
            assert_eq!(parse_address(address).unwrap(), (host.to_owned(), port));
            assert_eq!(host_and_port(host, port), address);
        }
        for address in ["here", ":9092", "here:0", "here:port"] {
            assert!(parse_address(address).is_err(), "{address}");
        }
    }
}
