//! The keys of the store of subscriptions: foreign key and left key in one (feature D128).

use std::sync::Arc;

use streams_core::{BoxError, Error, Serde, TimestampedKeyValueStore};

use super::subscription::Subscription;

/// The store of subscriptions.
pub(super) type SubscriptionStore<K> = TimestampedKeyValueStore<Vec<u8>, Subscription<K>>;

/// Length of the foreign key (4 bytes), foreign key, left key.
pub(super) struct CombinedKeys<K, KO> {
    pub(super) keys: Serde<K>,
    pub(super) foreign_keys: Serde<KO>,
    /// What the serdes are told of where the bytes go.
    pub(super) topic: Arc<str>,
}

impl<K, KO> Clone for CombinedKeys<K, KO> {
    fn clone(&self) -> Self {
        Self {
            keys: self.keys.clone(),
            foreign_keys: self.foreign_keys.clone(),
            topic: Arc::clone(&self.topic),
        }
    }
}

impl<K: 'static, KO: 'static> CombinedKeys<K, KO> {
    /// What all keys of that foreign key begin with.
    pub(super) fn prefix(&self, foreign_key: &KO) -> Result<Vec<u8>, BoxError> {
        let bytes = self.foreign_keys.to_bytes(&format!("{}-fk", self.topic), foreign_key)?;
        let bytes = bytes.ok_or_else(|| Error::argument("a foreign key is null"))?;
        let length =
            u32::try_from(bytes.len()).map_err(|_| Error::data("a foreign key is longer than 4 GiB"))?;
        let mut prefix = Vec::with_capacity(bytes.len() + 24);
        prefix.extend_from_slice(&length.to_be_bytes());
        prefix.extend_from_slice(&bytes);
        Ok(prefix)
    }

    /// The key of a subscription.
    pub(super) fn key(&self, foreign_key: &KO, key: &K) -> Result<Vec<u8>, BoxError> {
        let mut combined = self.prefix(foreign_key)?;
        self.keys.serializer().serialize(&format!("{}-pk", self.topic), key, &mut combined)?;
        Ok(combined)
    }
}
