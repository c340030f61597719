//! The accept loop.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, lookup_host};
use tokio::task::JoinSet;
use tracing::{debug, warn};

use super::connection;
use super::quota::Quota;
use crate::broker::Broker;
use crate::error::{Error, ErrorKind, Result};

/// Longest pause after a failed accept, such as "too many open files".
const MAX_BACKOFF: Duration = Duration::from_secs(1);

/// How long the connections may take to finish their current request at a clean stop.
const DRAIN: Duration = Duration::from_secs(2);

/// Binds the listen address, `host:port`; port 0 picks a free one. An address that others than
/// this machine can reach has to be allowed.
pub(crate) async fn bind(address: &str, remote: bool) -> Result<(TcpListener, SocketAddr)> {
    let failed = |source: std::io::Error| {
        let message = format!("cannot listen on {address}: {source}; use another address, or port 0");
        Error::new(ErrorKind::Network, message).with_source(source)
    };
    let mut last = std::io::Error::new(std::io::ErrorKind::NotFound, "the host has no address");
    for candidate in lookup_host(address).await.map_err(failed)? {
        if !remote && !candidate.ip().is_loopback() {
            return Err(Error::config(format!(
                "{address} can be reached from other machines; listen on 127.0.0.1, or allow it: \
                 Builder::allow_remote, streams broker --allow-remote"
            )));
        }
        match TcpListener::bind(candidate).await {
            Ok(listener) => {
                let local = listener.local_addr().map_err(failed)?;
                return Ok((listener, local));
            }
            Err(error) => last = error,
        }
    }
    Err(failed(last))
}

/// Accepts until the broker stops, then waits for the connections to finish.
pub(crate) async fn serve(listener: TcpListener, broker: Arc<Broker>) {
    let quota = Arc::new(Quota::default());
    let mut connections = JoinSet::new();
    let mut backoff = Duration::from_millis(5);
    let mut stop = broker.stop_signal();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next(), if !connections.is_empty() => continue,
            () = stop.stopped() => break,
        };
        match accepted {
            Ok((socket, peer)) => {
                backoff = Duration::from_millis(5);
                let most = |key| usize::try_from(broker.settings.number(key)).unwrap_or(0);
                let limits = (most("max.connections"), most("max.connections.per.ip"));
                let slot = match quota.admit(peer.ip(), limits.0, limits.1) {
                    Ok(slot) => slot,
                    Err(limit) => {
                        warn!(%peer, limit, "connection refused: limit reached");
                        continue;
                    }
                };
                let broker = Arc::clone(&broker);
                connections.spawn(async move {
                    connection::run(socket, peer, broker).await;
                    drop(slot);
                });
            }
            Err(error) => {
                warn!(%error, ?backoff, "accept failed");
                tokio::time::sleep(backoff).await;
                backoff = (backoff * 2).min(MAX_BACKOFF);
            }
        }
    }
    drop(listener);
    let drained = tokio::time::timeout(DRAIN, async { while connections.join_next().await.is_some() {} });
    if drained.await.is_err() {
        debug!(open = connections.len(), "connections cut at the end of the drain time");
    }
}
