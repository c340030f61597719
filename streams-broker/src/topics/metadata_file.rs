//! `topic.json`: what is known of a topic beside its records. Replaced as a whole, durably.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::Path;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::disk;
use crate::error::{Error, Result};

/// The content of `topic.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TopicMetadata {
    /// Format of the topic's folder.
    pub(crate) version: u32,
    /// The topic's name.
    pub(crate) name: String,
    /// The topic's id, which a topic of the same name that is made later does not get.
    #[serde(with = "id_text")]
    pub(crate) id: Uuid,
    /// Number of partitions.
    pub(crate) partitions: i32,
    /// Configuration that differs from the defaults.
    pub(crate) configs: BTreeMap<String, String>,
}

/// An id as text.
mod id_text {
    use serde::{Deserialize, Deserializer, Serializer, de};
    use uuid::Uuid;

    pub(super) fn serialize<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(id)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Uuid, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

const FILE: &str = "topic.json";

/// Writes the file into the topic's folder.
pub(crate) fn write(dir: &Path, metadata: &TopicMetadata, sync: bool) -> io::Result<()> {
    disk::replace(&dir.join(FILE), &serde_json::to_vec_pretty(metadata)?, sync)
}

/// Reads the file of the topic's folder.
pub(crate) fn read(dir: &Path) -> Result<TopicMetadata> {
    let path = dir.join(FILE);
    let bytes = fs::read(&path).map_err(|source| Error::storage("read", &path, source))?;
    let metadata: TopicMetadata = serde_json::from_slice(&bytes).map_err(|source| {
        Error::data(format!(
            "{} is damaged: {source}; restore it, or delete the folder to lose the topic",
            path.display()
        ))
        .with_source(source)
    })?;
    if metadata.version != 1 || metadata.partitions < 1 {
        return Err(Error::data(format!(
            "{} has format {} and {} partitions; this version of the broker reads format 1",
            path.display(),
            metadata.version,
            metadata.partitions
        )));
    }
    Ok(metadata)
}
