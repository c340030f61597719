//! Whom a quota is for, and the quotas that there are.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// What a name in an entity names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum EntityType {
    /// What a client calls itself.
    ClientId,
    /// A client's address.
    Ip,
    /// The user that a client has authenticated as.
    User,
}

impl EntityType {
    /// The type of this name.
    pub(crate) fn from_name(name: &str) -> Option<Self> {
        [Self::ClientId, Self::Ip, Self::User].into_iter().find(|kind| kind.name() == name)
    }

    /// The protocol's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            EntityType::ClientId => "client-id",
            EntityType::Ip => "ip",
            EntityType::User => "user",
        }
    }
}

/// Whom a quota is for; no name stands for all who have no quota of their own.
pub(crate) type Entity = BTreeMap<EntityType, Option<String>>;

/// A quota.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum QuotaKey {
    /// New connections in a second.
    ConnectionCreationRate,
    /// Bytes in a second that are read.
    ConsumerByteRate,
    /// Topics and partitions in a second that are made or deleted.
    ControllerMutationRate,
    /// Bytes in a second that are written.
    ProducerByteRate,
    /// Share of the threads' time.
    RequestPercentage,
}

impl QuotaKey {
    const ALL: [QuotaKey; 5] = [
        QuotaKey::ConnectionCreationRate,
        QuotaKey::ConsumerByteRate,
        QuotaKey::ControllerMutationRate,
        QuotaKey::ProducerByteRate,
        QuotaKey::RequestPercentage,
    ];

    /// The quota of this name that such an entity can have: addresses have other quotas than users
    /// and clients.
    pub(crate) fn of(entity: &Entity, name: &str) -> Option<Self> {
        let by_ip = entity.contains_key(&EntityType::Ip);
        Self::ALL
            .into_iter()
            .find(|key| key.name() == name)
            .filter(|key| by_ip == (*key == QuotaKey::ConnectionCreationRate))
    }

    /// The protocol's name.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            QuotaKey::ConnectionCreationRate => "connection_creation_rate",
            QuotaKey::ConsumerByteRate => "consumer_byte_rate",
            QuotaKey::ControllerMutationRate => "controller_mutation_rate",
            QuotaKey::ProducerByteRate => "producer_byte_rate",
            QuotaKey::RequestPercentage => "request_percentage",
        }
    }

    /// Says what is wrong with a value, if anything.
    pub(crate) fn validate(self, value: f64) -> Result<(), String> {
        let name = self.name();
        // Numbers that are none cannot be kept in the file.
        if !(value > 0.0 && value.is_finite()) {
            return Err(format!("Quota {name} must be greater than 0"));
        }
        let (kind, limit) = match self {
            QuotaKey::ControllerMutationRate | QuotaKey::RequestPercentage => return Ok(()),
            QuotaKey::ConnectionCreationRate => ("an INT", f64::from(i32::MAX)),
            QuotaKey::ConsumerByteRate | QuotaKey::ProducerByteRate => ("a LONG", i64::MAX as f64),
        };
        if value > limit {
            return Err(format!("Proposed value for {name} is too large for {kind}."));
        }
        // So much is taken for an error of rounding.
        match (value - value.round()).abs() <= 1e-6 {
            true => Ok(()),
            false => Err(format!("{name} cannot be a fractional value.")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_checked_by_the_quotas_type() {
        let why = |key: QuotaKey, value| key.validate(value).err().unwrap_or_default();
        assert_eq!(why(QuotaKey::ProducerByteRate, 1024.0), "");
        assert_eq!(why(QuotaKey::ProducerByteRate, 1_024.000_000_1), "");
        assert_eq!(why(QuotaKey::RequestPercentage, 0.5), "");
        assert_eq!(why(QuotaKey::ProducerByteRate, 1.5), "producer_byte_rate cannot be a fractional value.");
        for value in [0.0, -1.0, f64::NAN] {
            assert_eq!(
                why(QuotaKey::RequestPercentage, value),
                "Quota request_percentage must be greater than 0"
            );
        }
        assert!(why(QuotaKey::ConsumerByteRate, 1e30).ends_with("too large for a LONG."));
        assert!(why(QuotaKey::ConnectionCreationRate, 3e9).ends_with("too large for an INT."));
    }

    #[test]
    fn addresses_have_other_quotas_than_users() {
        let entity = |kind| Entity::from([(kind, None)]);
        let user = entity(EntityType::User);
        assert_eq!(QuotaKey::of(&user, "producer_byte_rate"), Some(QuotaKey::ProducerByteRate));
        assert_eq!(QuotaKey::of(&user, "connection_creation_rate"), None);
        let ip = entity(EntityType::Ip);
        assert_eq!(QuotaKey::of(&ip, "producer_byte_rate"), None);
        assert_eq!(QuotaKey::of(&ip, "connection_creation_rate"), Some(QuotaKey::ConnectionCreationRate));
    }
}
