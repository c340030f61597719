//! The broker's shared state: what every request handler sees.

use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;
use tokio::runtime::Handle;
use tracing::warn;

use crate::api::FetchSessions;
use crate::config::{DataDir, LiveSettings, NamedConfigs, Settings};
use crate::coordinator::Coordinators;
use crate::disk;
use crate::error::{Error, ErrorKind, Result};
use crate::fault::{FaultTable, JournalState};
use crate::housekeeping;
use crate::identity::Identity;
use crate::metrics::Counters;
use crate::quotas::ClientQuotas;
use crate::security::{Sasl, ScramStore, Tls};
use crate::server::Budget;
use crate::stop::{StopSender, StopSignal};
use crate::telemetry::Telemetry;
use crate::topics::Topics;

/// A running broker.
///
/// # Threading
/// Requests run as tokio tasks, one per connection. State lies behind short `std` mutexes, one
/// per partition for the logs: an append is a write into the page cache, so nothing waits for the
/// disk while it holds one. Syncing and cleaning happen on a blocking thread.
#[derive(Debug)]
pub(crate) struct Broker {
    /// The configuration in force.
    pub(crate) settings: Arc<LiveSettings>,
    /// Host and port that clients are told.
    pub(crate) advertised: (String, u16),
    /// Cluster id and producer ids.
    pub(crate) identity: Identity,
    /// All topics.
    pub(crate) topics: Topics,
    /// Groups, offsets and transactions.
    pub(crate) coordinators: Coordinators,
    /// Fetch sessions (KIP-227).
    pub(crate) fetch_sessions: FetchSessions,
    /// What has been set for groups.
    pub(crate) group_configs: NamedConfigs,
    /// Subscriptions to clients' metrics.
    pub(crate) client_metrics: NamedConfigs,
    /// Clients that push their metrics.
    pub(crate) telemetry: Telemetry,
    /// Quotas of users, clients and addresses.
    pub(crate) quotas: ClientQuotas,
    /// Who may connect, if clients have to authenticate.
    pub(crate) sasl: Option<Arc<Sasl>>,
    /// SCRAM credentials that clients have stored.
    pub(crate) scram: Arc<ScramStore>,
    /// Does TLS handshakes, if connections are encrypted.
    pub(crate) tls: Option<Tls>,
    /// Memory for requests.
    pub(crate) budget: Budget,
    /// What is counted.
    pub(crate) counters: Counters,
    /// Faults that requests meet.
    pub(crate) faults: Arc<FaultTable>,
    /// Requests that have come in.
    pub(crate) journal: Arc<JournalState>,
    /// Held while a configuration is read, changed and written, so that of two changes none is lost.
    pub(crate) altering: Mutex<()>,
    /// Where the data lives.
    pub(crate) data_dir: PathBuf,
    stop: StopSender,
    stopped: AtomicBool,
    /// Held while the broker runs, so that no second one uses the folder.
    _lock: File,
    _temporary: Option<TempDir>,
}

impl Broker {
    /// Opens the data directory, recovers what must be, and starts the background tasks.
    pub(crate) fn open(settings: Settings, advertised: (String, u16), runtime: &Handle) -> Result<Arc<Self>> {
        let (data_dir, temporary) = match &settings.data_dir {
            DataDir::Path(path) => {
                let absolute = std::path::absolute(path);
                (absolute.map_err(|source| Error::storage("find", path, source))?, None)
            }
            DataDir::Temporary => {
                let dir = tempfile::Builder::new()
                    .prefix("streams-broker-")
                    .tempdir()
                    .map_err(|source| Error::storage("make a folder in", &std::env::temp_dir(), source))?;
                (dir.path().to_owned(), Some(dir))
            }
        };
        let settings = settings.with_facts(&advertised, &data_dir);
        disk::create_dir(&data_dir).map_err(|source| Error::storage("create", &data_dir, source))?;
        let lock = lock(&data_dir)?;
        let sync = temporary.is_none();
        let tls = settings.tls.as_ref().map(Tls::open).transpose()?;
        let scram = Arc::new(ScramStore::open(&data_dir, sync)?);
        let sasl = match settings.users.required() {
            true => Some(Sasl::open(
                &settings.users,
                settings.value("sasl.enabled.mechanisms"),
                Arc::clone(&scram),
            )?),
            false => None,
        };
        let identity = Identity::open(&data_dir, sync)?;
        let live = Arc::new(LiveSettings::open(settings.clone(), &data_dir, sync)?);
        let topics = Topics::open(data_dir.clone(), Arc::clone(&live), sync)?;
        let group_configs = NamedConfigs::open(&data_dir, "groups.json", sync)?;
        let broker = Arc::new(Broker {
            group_configs,
            client_metrics: NamedConfigs::open(&data_dir, "client-metrics.json", sync)?,
            telemetry: Telemetry::default(),
            quotas: ClientQuotas::open(&data_dir, sync)?,
            sasl: sasl.map(Arc::new),
            scram,
            tls,
            budget: Budget::new(settings.max_request_memory),
            counters: Counters::default(),
            faults: Arc::default(),
            journal: Arc::default(),
            coordinators: Coordinators::new(&settings),
            fetch_sessions: FetchSessions::new(
                settings.number("max.incremental.fetch.session.cache.slots") as usize
            ),
            settings: live,
            advertised,
            identity,
            topics,
            altering: Mutex::default(),
            data_dir,
            stop: StopSender::new(),
            stopped: AtomicBool::new(false),
            _lock: lock,
            _temporary: temporary,
        });
        broker.coordinators.start(&broker, runtime)?;
        housekeeping::start(&broker, runtime);
        Ok(broker)
    }

    /// The node id.
    pub(crate) fn node_id(&self) -> i32 {
        self.settings.now().node_id
    }

    /// A receiver of the stop signal.
    pub(crate) fn stop_signal(&self) -> StopSignal {
        self.stop.signal()
    }

    /// Tells all tasks to end.
    pub(crate) fn stop(&self) {
        self.stop.stop();
    }

    /// Flushes and marks all logs, once all tasks have ended.
    pub(crate) fn close(&self) -> Result<()> {
        if self.stopped.swap(true, Ordering::AcqRel) {
            return Ok(());
        }
        let mut first = None;
        for topic in self.topics.list() {
            for partition in topic.partitions().iter() {
                let mut log = partition.log();
                if let Err(source) = log.close() {
                    warn!(dir = %log.dir().display(), error = %source, "cannot flush a log");
                    first.get_or_insert(Error::storage("flush", log.dir(), source));
                }
            }
        }
        first.map_or(Ok(()), Err)
    }
}

fn lock(data_dir: &std::path::Path) -> Result<File> {
    let path = data_dir.join(".lock");
    let file = File::create(&path).map_err(|source| Error::storage("create", &path, source))?;
    file.try_lock().map_err(|source| {
        let message = format!("the data directory {} is used by another broker", data_dir.display());
        Error::new(ErrorKind::Storage, message).with_source(source)
    })?;
    Ok(file)
}
