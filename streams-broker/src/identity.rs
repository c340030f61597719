//! `broker.json`: the cluster's id, and which producer ids have been given out.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::disk;
use crate::error::{Error, Result};

/// Producer ids that are reserved with one write of the file.
const BLOCK: i64 = 1000;

/// What makes this broker's data its own.
#[derive(Debug)]
pub(crate) struct Identity {
    /// The cluster's id: 22 characters.
    pub(crate) cluster_id: String,
    path: PathBuf,
    sync: bool,
    producer_ids: Mutex<ProducerIds>,
}

#[derive(Debug)]
struct ProducerIds {
    next: i64,
    reserved_to: i64,
}

#[derive(Debug, Serialize, Deserialize)]
struct Content {
    version: u32,
    cluster_id: String,
    next_producer_id: i64,
}

impl Identity {
    /// Reads the file, or begins a new cluster.
    pub(crate) fn open(data_dir: &Path, sync: bool) -> Result<Self> {
        let path = data_dir.join("broker.json");
        let content = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|source| {
                Error::data(format!("{} is damaged: {source}; restore it", path.display()))
                    .with_source(source)
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let content = Content { version: 1, cluster_id: new_cluster_id(), next_producer_id: 0 };
                write(&path, &content, sync).map_err(|source| Error::storage("write", &path, source))?;
                content
            }
            Err(source) => return Err(Error::storage("read", &path, source)),
        };
        let next = content.next_producer_id;
        let producer_ids = Mutex::new(ProducerIds { next, reserved_to: next });
        Ok(Identity { cluster_id: content.cluster_id, path, sync, producer_ids })
    }

    /// A producer id that was never given out before, not even before a crash.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(crate) fn next_producer_id(&self) -> io::Result<i64> {
        let mut ids = self.producer_ids.lock().unwrap_or_else(PoisonError::into_inner);
        if ids.next == ids.reserved_to {
            let reserved_to = ids.next + BLOCK;
            let content =
                Content { version: 1, cluster_id: self.cluster_id.clone(), next_producer_id: reserved_to };
            write(&self.path, &content, self.sync)?;
            ids.reserved_to = reserved_to;
        }
        ids.next += 1;
        Ok(ids.next - 1)
    }
}

fn write(path: &Path, content: &Content, sync: bool) -> io::Result<()> {
    disk::replace(path, &serde_json::to_vec_pretty(content)?, sync)
}

/// 16 random bytes in the form that Kafka's ids have: base64 for URLs, without padding.
fn new_cluster_id() -> String {
    URL_SAFE_NO_PAD.encode(Uuid::new_v4().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn producer_ids_are_unique_over_restarts() {
        let dir = tempfile::tempdir().unwrap();
        let first = Identity::open(dir.path(), false).unwrap();
        assert_eq!(first.next_producer_id().unwrap(), 0);
        assert_eq!(first.next_producer_id().unwrap(), 1);
        let second = Identity::open(dir.path(), false).unwrap();
        assert_eq!(second.cluster_id, first.cluster_id);
        assert!(second.next_producer_id().unwrap() > 1);
    }

    #[test]
    fn cluster_ids_have_kafkas_form() {
        let id = new_cluster_id();
        assert_eq!(id.len(), 22);
        assert_ne!(id, new_cluster_id());
    }
}
