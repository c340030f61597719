//! All topics, and the changes to them. A change is on the disk before anyone sees it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rustc_hash::FxHashMap;
use tokio::sync::Notify;
use tracing::{info, warn};
use uuid::Uuid;

use super::metadata_file::{self, TopicMetadata};
use super::names::{collision_form, validate_name};
use super::partition::Partition;
use super::topic::Topic;
use crate::config::{LiveSettings, TopicConfig, topic_key};
use crate::disk::{self, sync_dir};
use crate::error::{Error, Result};
use crate::log::PartitionLog;

/// Most partitions that one topic may have.
const MAX_PARTITIONS: i32 = 100_000;

/// Why a topic could not be created or changed.
#[derive(Debug)]
pub(crate) enum TopicError {
    /// INVALID_TOPIC_EXCEPTION (17).
    InvalidName(String),
    /// TOPIC_ALREADY_EXISTS (36).
    Exists(String),
    /// INVALID_PARTITIONS (37).
    InvalidPartitions(String),
    /// INVALID_CONFIG (40).
    InvalidConfig(String),
    /// UNKNOWN_TOPIC_OR_PARTITION (3).
    Unknown(String),
    /// KAFKA_STORAGE_ERROR (56).
    Storage(io::Error),
}

impl From<io::Error> for TopicError {
    fn from(error: io::Error) -> Self {
        TopicError::Storage(error)
    }
}

/// A topic to create.
#[derive(Debug, Clone)]
pub(crate) struct NewTopic {
    /// Its name.
    pub(crate) name: String,
    /// Number of partitions.
    pub(crate) partitions: i32,
    /// Configuration that differs from the defaults.
    pub(crate) configs: BTreeMap<String, String>,
}

#[derive(Debug, Default)]
struct Maps {
    by_name: BTreeMap<Arc<str>, Arc<Topic>>,
    by_id: FxHashMap<Uuid, Arc<Topic>>,
}

/// The topics of a broker.
#[derive(Debug)]
pub(crate) struct Topics {
    dir: PathBuf,
    settings: Arc<LiveSettings>,
    sync: bool,
    /// Told when a segment is complete, for the housekeeper.
    pub(crate) housekeeping: Arc<Notify>,
    maps: RwLock<Maps>,
    /// Held during a change, so that looking up a topic does not wait for the disk.
    changing: Mutex<()>,
}

impl Topics {
    /// Opens the topics below `dir` and recovers their logs.
    pub(crate) fn open(dir: PathBuf, settings: Arc<LiveSettings>, sync: bool) -> Result<Self> {
        let failed = |source| Error::storage("open", &dir, source);
        disk::create_dir(&dir.join("topics")).map_err(failed)?;
        let trash = dir.join("deleted");
        if trash.exists() {
            disk::remove_dir(&trash).map_err(failed)?;
        }
        let topics = Topics {
            dir: dir.clone(),
            settings,
            sync,
            housekeeping: Arc::default(),
            maps: RwLock::default(),
            changing: Mutex::new(()),
        };
        for entry in fs::read_dir(dir.join("topics")).map_err(failed)? {
            let path = entry.map_err(failed)?.path();
            if path.extension().is_some_and(|extension| extension == "creating~") {
                disk::remove_dir(&path).map_err(failed)?;
                continue;
            }
            if path.is_dir() {
                topics.open_topic(&path)?;
            }
        }
        Ok(topics)
    }

    fn open_topic(&self, path: &Path) -> Result<()> {
        let metadata = metadata_file::read(path)?;
        let config = TopicConfig::new(&metadata.configs, &self.settings.now(), self.sync);
        let name: Arc<str> = metadata.name.as_str().into();
        let partitions = (0..metadata.partitions)
            .map(|index| self.open_partition(path, &name, index, &config))
            .collect::<io::Result<Vec<_>>>()
            .map_err(|source| Error::storage("open the logs of", path, source))?;
        self.insert(Arc::new(Topic::new(name, metadata.id, partitions, metadata.configs, config)));
        Ok(())
    }

    fn open_partition(
        &self,
        dir: &Path,
        name: &Arc<str>,
        index: i32,
        config: &TopicConfig,
    ) -> io::Result<Arc<Partition>> {
        let log = PartitionLog::open(&dir.join(index.to_string()), config.log)?;
        Ok(Arc::new(Partition::new(Arc::clone(name), index, log, Arc::clone(&self.housekeeping))))
    }

    fn insert(&self, topic: Arc<Topic>) {
        let mut maps = self.maps.write().unwrap_or_else(PoisonError::into_inner);
        maps.by_id.insert(topic.id, Arc::clone(&topic));
        maps.by_name.insert(Arc::clone(&topic.name), topic);
    }

    /// A topic by name.
    pub(crate) fn get(&self, name: &str) -> Option<Arc<Topic>> {
        self.maps.read().unwrap_or_else(PoisonError::into_inner).by_name.get(name).cloned()
    }

    /// A topic by id.
    pub(crate) fn get_by_id(&self, id: Uuid) -> Option<Arc<Topic>> {
        self.maps.read().unwrap_or_else(PoisonError::into_inner).by_id.get(&id).cloned()
    }

    /// A partition by its topic's name and its number.
    pub(crate) fn partition(&self, name: &str, index: i32) -> Option<Arc<Partition>> {
        self.get(name)?.partition(index)
    }

    /// All topics, by name.
    pub(crate) fn list(&self) -> Vec<Arc<Topic>> {
        self.maps.read().unwrap_or_else(PoisonError::into_inner).by_name.values().cloned().collect()
    }

    /// Checks whether a topic of this name could be created.
    pub(crate) fn validate_new_name(&self, name: &str) -> std::result::Result<(), TopicError> {
        validate_name(name).map_err(TopicError::InvalidName)?;
        match self.get(name) {
            Some(_) => Err(TopicError::Exists(format!("Topic '{name}' already exists."))),
            None => Ok(()),
        }
    }

    /// Checks whether a topic could be created.
    pub(crate) fn validate(&self, topic: &NewTopic) -> std::result::Result<(), TopicError> {
        self.validate_new_name(&topic.name)?;
        let form = collision_form(&topic.name);
        if let Some(other) = self.list().iter().find(|other| collision_form(&other.name) == form) {
            return Err(TopicError::InvalidName(format!(
                "Topic '{}' collides with existing topic: {}",
                topic.name, other.name
            )));
        }
        if !(1..=MAX_PARTITIONS).contains(&topic.partitions) {
            return Err(TopicError::InvalidPartitions(format!(
                "Number of partitions must be in 1 to {MAX_PARTITIONS}, not {}.",
                topic.partitions
            )));
        }
        validate_configs(&topic.configs)
    }

    /// Creates a topic.
    pub(crate) fn create(&self, new: NewTopic) -> std::result::Result<Arc<Topic>, TopicError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.validate(&new)?;
        let id = Uuid::new_v4();
        let metadata = TopicMetadata {
            version: 1,
            name: new.name.clone(),
            id,
            partitions: new.partitions,
            configs: new.configs.clone(),
        };
        // The folder gets its name when it is complete, so a crash leaves all or nothing.
        let topics = self.dir.join("topics");
        let building = topics.join(format!("{id}.creating~"));
        disk::create_dir(&building)?;
        let config = TopicConfig::new(&new.configs, &self.settings.now(), self.sync);
        metadata_file::write(&building, &metadata, self.sync)?;
        let home = topics.join(&new.name);
        disk::rename(&building, &home)?;
        let name: Arc<str> = new.name.into();
        let opened = || {
            if self.sync {
                sync_dir(&topics)?;
            }
            (0..new.partitions).map(|index| self.open_partition(&home, &name, index, &config)).collect()
        };
        let partitions: io::Result<Vec<_>> = opened();
        let partitions = partitions.inspect_err(|_| self.take_back(&home, id))?;
        let topic = Arc::new(Topic::new(name, id, partitions, new.configs, config));
        self.insert(Arc::clone(&topic));
        info!(topic = %topic.name, partitions = new.partitions, "topic created");
        Ok(topic)
    }

    /// Takes the name away from a topic that could not be created, and deletes what is there of it.
    fn take_back(&self, home: &Path, id: Uuid) {
        let trash = self.dir.join("deleted");
        let grave = trash.join(id.to_string());
        let moved = disk::create_dir(&trash).and_then(|()| disk::rename(home, &grave));
        if let Err(error) = moved.and_then(|()| disk::remove_dir(&grave)) {
            warn!(path = %home.display(), %error, "cannot delete what is there of a topic that could not be created");
        }
    }

    /// Deletes a topic and its records.
    pub(crate) fn delete(&self, name: &str) -> std::result::Result<Arc<Topic>, TopicError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let topic = self.get(name).ok_or_else(unknown)?;
        let trash = self.dir.join("deleted");
        disk::create_dir(&trash)?;
        let grave = trash.join(topic.id.to_string());
        let topics = self.dir.join("topics");
        disk::rename(&topics.join(name), &grave)?;
        // There is no way back, whatever fails.
        let synced = if self.sync { sync_dir(&topics) } else { Ok(()) };
        {
            let mut maps = self.maps.write().unwrap_or_else(PoisonError::into_inner);
            maps.by_id.remove(&topic.id);
            maps.by_name.remove(name);
        }
        for partition in topic.partitions().iter() {
            partition.mark_deleted(&grave);
        }
        if let Err(error) = disk::remove_dir(&grave) {
            warn!(path = %grave.display(), %error, "cannot delete a topic's files; the next start tries again");
        }
        info!(topic = %name, "topic deleted");
        synced?;
        Ok(topic)
    }

    /// Raises a topic's number of partitions to `count`.
    pub(crate) fn add_partitions(&self, topic: &Topic, count: i32) -> std::result::Result<(), TopicError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_current(topic)?;
        let current = topic.partitions().len() as i32;
        if count <= current || count > MAX_PARTITIONS {
            return Err(TopicError::InvalidPartitions(format!(
                "The topic {} currently has {current} partition(s); {count} would not be an increase.",
                topic.name
            )));
        }
        let home = self.dir.join("topics").join(&*topic.name);
        let config = topic.config();
        let more = (current..count)
            .map(|index| self.open_partition(&home, &topic.name, index, &config))
            .collect::<io::Result<Vec<_>>>()?;
        self.save(topic, count, (*topic.overrides()).clone())?;
        topic.add_partitions(more);
        Ok(())
    }

    /// Replaces a topic's configuration.
    pub(crate) fn configure(
        &self,
        topic: &Topic,
        configs: BTreeMap<String, String>,
    ) -> std::result::Result<(), TopicError> {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        self.check_current(topic)?;
        validate_configs(&configs)?;
        self.save(topic, topic.partitions().len() as i32, configs.clone())?;
        let config = TopicConfig::new(&configs, &self.settings.now(), self.sync);
        topic.configure(configs, config);
        Ok(())
    }

    /// Gives all topics the defaults that have changed.
    pub(crate) fn refresh(&self) {
        let _changing = self.changing.lock().unwrap_or_else(PoisonError::into_inner);
        let settings = self.settings.now();
        for topic in self.list() {
            let overrides = (*topic.overrides()).clone();
            let config = TopicConfig::new(&overrides, &settings, self.sync);
            topic.configure(overrides, config);
        }
    }

    /// Checks that a topic has not been deleted since it was looked up: another one may have its name now.
    fn check_current(&self, topic: &Topic) -> std::result::Result<(), TopicError> {
        self.get_by_id(topic.id).map(drop).ok_or_else(unknown)
    }

    fn save(&self, topic: &Topic, partitions: i32, configs: BTreeMap<String, String>) -> io::Result<()> {
        let metadata =
            TopicMetadata { version: 1, name: topic.name.to_string(), id: topic.id, partitions, configs };
        metadata_file::write(&self.dir.join("topics").join(&*topic.name), &metadata, self.sync)
    }
}

fn unknown() -> TopicError {
    TopicError::Unknown("This server does not host this topic-partition.".into())
}

/// Checks a topic's configuration.
pub(crate) fn validate_configs(configs: &BTreeMap<String, String>) -> std::result::Result<(), TopicError> {
    for (key, value) in configs {
        match topic_key(key) {
            Some(definition) => definition.validate(value).map_err(TopicError::InvalidConfig)?,
            None => return Err(TopicError::InvalidConfig(format!("Unknown topic config name: {key}"))),
        }
    }
    check_combination(configs).map_err(TopicError::InvalidConfig)
}

/// Says what is wrong with values that are each valid alone.
fn check_combination(configs: &BTreeMap<String, String>) -> std::result::Result<(), String> {
    let number = |key: &str, default| {
        configs.get(key).and_then(|value| value.trim().parse::<i64>().ok()).unwrap_or(default)
    };
    if configs.get("remote.storage.enable").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
        return Err(
            "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with \
                    remote log storage."
                .into(),
        );
    }
    let (min, max) = (number("min.compaction.lag.ms", 0), number("max.compaction.lag.ms", i64::MAX));
    if min > max {
        return Err(format!(
            "conflict topic config setting min.compaction.lag.ms ({min}) > max.compaction.lag.ms ({max})"
        ));
    }
    Ok(())
}
