//! The quotas that clients have set. Kept in `quotas.json`.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use super::entity::{Entity, EntityType, QuotaKey};
use super::throttle::Buckets;
use crate::disk;
use crate::error::{Error, Result};

/// The quotas of each entity, by name.
pub(crate) type Quotas = BTreeMap<Entity, BTreeMap<String, f64>>;

/// New values of an entity's quotas; `None` takes one away.
pub(crate) type Change = (Entity, Vec<(String, Option<f64>)>);

/// An element of the file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    entity: Entity,
    values: BTreeMap<String, f64>,
}

/// All quotas, and what clients have used of them.
#[derive(Debug)]
pub(crate) struct ClientQuotas {
    path: PathBuf,
    sync: bool,
    quotas: RwLock<Arc<Quotas>>,
    /// Whether anybody's bytes are limited: without, requests need not look.
    limited: AtomicBool,
    buckets: Buckets,
}

impl ClientQuotas {
    /// Reads the file, if it is there.
    pub(crate) fn open(data_dir: &Path, sync: bool) -> Result<Self> {
        let path = data_dir.join("quotas.json");
        let quotas = match fs::read(&path) {
            Ok(bytes) => parse(&bytes).map_err(|why| {
                Error::data(format!("{} is damaged: {why}; restore or delete it", path.display()))
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Quotas::new(),
            Err(source) => return Err(Error::storage("read", &path, source)),
        };
        let limited = AtomicBool::new(limits_bytes(&quotas));
        Ok(ClientQuotas {
            path,
            sync,
            quotas: RwLock::new(Arc::new(quotas)),
            limited,
            buckets: Buckets::default(),
        })
    }

    /// All quotas.
    pub(crate) fn all(&self) -> Arc<Quotas> {
        Arc::clone(&self.quotas.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes quotas, all or none. The values have been validated.
    ///
    /// # Errors
    /// If the file cannot be written; then nothing has changed.
    pub(crate) fn alter(&self, changes: Vec<Change>) -> io::Result<()> {
        let mut quotas = self.quotas.write().unwrap_or_else(PoisonError::into_inner);
        let mut changed = Quotas::clone(&quotas);
        for (entity, values) in changes {
            let own = changed.entry(entity).or_default();
            for (key, value) in values {
                match value {
                    Some(value) => own.insert(key, value),
                    None => own.remove(&key),
                };
            }
        }
        changed.retain(|_, own| !own.is_empty());
        let lines: Vec<Line> = changed
            .iter()
            .map(|(entity, values)| Line { entity: entity.clone(), values: values.clone() })
            .collect();
        disk::replace(&self.path, &serde_json::to_vec_pretty(&lines)?, self.sync)?;
        self.limited.store(limits_bytes(&changed), Ordering::Release);
        *quotas = Arc::new(changed);
        self.buckets.clear();
        Ok(())
    }

    /// The bytes in a second that a client may write or read, if that is limited.
    pub(crate) fn rate(&self, key: QuotaKey, user: &str, client_id: &str) -> Option<f64> {
        if !self.limited.load(Ordering::Acquire) {
            return None;
        }
        applying(&self.all(), key, user, client_id).map(|(_, rate)| rate)
    }

    /// Counts bytes of a client, and says for how long it has to pause so that it keeps its rate.
    pub(crate) fn charge(&self, key: QuotaKey, user: &str, client_id: &str, bytes: usize) -> Duration {
        if !self.limited.load(Ordering::Acquire) {
            return Duration::ZERO;
        }
        let Some((entity, rate)) = applying(&self.all(), key, user, client_id) else { return Duration::ZERO };
        // Clients share the quota of their user, users that of a client's name.
        let of = |kind, name: &str| entity.contains_key(&kind).then(|| name.to_owned());
        let who = (key.name(), of(EntityType::User, user), of(EntityType::ClientId, client_id));
        self.buckets.take(who, rate, bytes, Instant::now())
    }
}

/// The entity whose quota applies to a client, with the quota: the most specific that has one, in
/// KIP-55's order.
fn applying(quotas: &Quotas, key: QuotaKey, user: &str, client_id: &str) -> Option<(Entity, f64)> {
    let (user, client, any) = (Some(Some(user)), Some(Some(client_id)), Some(None));
    let candidates = [
        (user, client),
        (user, any),
        (user, None),
        (any, client),
        (any, any),
        (any, None),
        (None, client),
        (None, any),
    ];
    candidates.into_iter().find_map(|(user, client)| {
        let parts = [(EntityType::User, user), (EntityType::ClientId, client)];
        let entity: Entity =
            parts.into_iter().filter_map(|(kind, name)| Some((kind, name?.map(str::to_owned)))).collect();
        let rate = *quotas.get(&entity)?.get(key.name())?;
        Some((entity, rate))
    })
}

fn limits_bytes(quotas: &Quotas) -> bool {
    let keys = [QuotaKey::ProducerByteRate, QuotaKey::ConsumerByteRate];
    quotas.values().any(|values| keys.iter().any(|key| values.contains_key(key.name())))
}

/// Takes the file's content apart, and checks all values.
fn parse(bytes: &[u8]) -> std::result::Result<Quotas, String> {
    let lines: Vec<Line> = serde_json::from_slice(bytes).map_err(|error| error.to_string())?;
    for line in &lines {
        for (name, value) in &line.values {
            let key = QuotaKey::of(&line.entity, name).ok_or_else(|| format!("unknown quota {name}"))?;
            key.validate(*value)?;
        }
    }
    Ok(lines.into_iter().map(|line| (line.entity, line.values)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entity(user: Option<Option<&str>>, client: Option<Option<&str>>) -> Entity {
        let parts = [(EntityType::User, user), (EntityType::ClientId, client)];
        parts.into_iter().filter_map(|(kind, name)| Some((kind, name?.map(str::to_owned)))).collect()
    }

    const KEY: QuotaKey = QuotaKey::ProducerByteRate;

    fn set(quotas: &ClientQuotas, entity: Entity, value: Option<f64>) {
        quotas.alter(vec![(entity, vec![(KEY.name().into(), value)])]).unwrap();
    }

    #[test]
    fn the_most_specific_quota_applies() {
        let dir = tempfile::tempdir().unwrap();
        let quotas = ClientQuotas::open(dir.path(), false).unwrap();
        assert_eq!(quotas.rate(KEY, "u", "c"), None);
        let general_to_special = [
            entity(None, Some(None)),
            entity(None, Some(Some("c"))),
            entity(Some(None), None),
            entity(Some(None), Some(None)),
            entity(Some(None), Some(Some("c"))),
            entity(Some(Some("u")), None),
            entity(Some(Some("u")), Some(None)),
            entity(Some(Some("u")), Some(Some("c"))),
        ];
        for (at, entity) in general_to_special.into_iter().enumerate() {
            set(&quotas, entity, Some(at as f64 + 1.0));
            assert_eq!(quotas.rate(KEY, "u", "c"), Some(at as f64 + 1.0));
        }
        assert_eq!(quotas.rate(KEY, "u", "other"), Some(7.0));
        assert_eq!(quotas.rate(KEY, "other", "other"), Some(4.0));
        assert_eq!(quotas.rate(QuotaKey::ConsumerByteRate, "u", "c"), None);
    }

    #[test]
    fn quotas_survive_a_restart_and_can_be_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let quotas = ClientQuotas::open(dir.path(), false).unwrap();
        set(&quotas, entity(Some(Some("u")), Some(None)), Some(9.0));
        let again = ClientQuotas::open(dir.path(), false).unwrap();
        assert_eq!((again.all(), again.rate(KEY, "u", "c")), (quotas.all(), Some(9.0)));
        set(&again, entity(Some(Some("u")), Some(None)), None);
        assert_eq!((again.all().len(), again.rate(KEY, "u", "c")), (0, None));
    }

    #[test]
    fn clients_share_the_quota_of_their_user() {
        let dir = tempfile::tempdir().unwrap();
        let quotas = ClientQuotas::open(dir.path(), false).unwrap();
        set(&quotas, entity(Some(Some("u")), None), Some(100.0));
        assert_eq!(quotas.charge(KEY, "u", "a", 1_000), Duration::ZERO);
        assert!(quotas.charge(KEY, "u", "b", 1_000) > Duration::from_secs(9));
        assert_eq!(quotas.charge(KEY, "other", "a", 1_000_000), Duration::ZERO);
    }

    #[test]
    fn a_damaged_file_says_what_is_wrong() {
        assert!(parse(b"{").is_err());
        let unknown = br#"[{"entity":{"user":"u"},"values":{"speed":1}}]"#;
        assert_eq!(parse(unknown), Err("unknown quota speed".into()));
        let negative = br#"[{"entity":{"user":null},"values":{"producer_byte_rate":-1}}]"#;
        assert!(parse(negative).unwrap_err().contains("greater than 0"));
    }
}
