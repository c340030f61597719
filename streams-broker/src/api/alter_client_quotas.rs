//! AlterClientQuotas (key 49), versions 0–1 (KIP-546): sets and takes away quotas of users, clients
//! and addresses.

use std::collections::{BTreeMap, HashSet};
use std::net::IpAddr;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::alter_client_quotas_request::{
    AlterClientQuotasRequest, EntityData as AskedEntity, EntryData as AskedEntry, OpData,
};
use kafka_protocol::messages::alter_client_quotas_response::{
    AlterClientQuotasResponse, EntityData, EntryData,
};
use kafka_protocol::protocol::StrBytes;

use super::repeated::first_of_each;
use super::support::Failure;
use super::{Request, api};
use crate::quotas::{Change, Entity, EntityType, QuotaKey};

api!(ApiKey::AlterClientQuotas, 0..=1, AlterClientQuotasRequest, alter_client_quotas);

/// An entity as it was asked for: each type once, with what came last for it.
type Asked = BTreeMap<StrBytes, Option<StrBytes>>;

async fn alter_client_quotas(request: &Request, body: AlterClientQuotasRequest) -> AlterClientQuotasResponse {
    let mut entries: Vec<(Asked, Result<(), Failure>)> = Vec::new();
    let mut changes: Vec<Change> = Vec::new();
    for (entry, repeated) in first_of_each(&body.entries, |entry| asked(&entry.entity)) {
        let asked = asked(&entry.entity);
        let checked = check(&asked, entry).map(|change| changes.push(change));
        // As on Apache Kafka what came first counts, although the answer is an error.
        let outcome = if repeated { Err(duplicate(&asked)) } else { checked };
        entries.push((asked, outcome));
    }
    if !body.validate_only
        && !changes.is_empty()
        && let Err(error) = request.broker.quotas.alter(changes)
    {
        for (_, outcome) in entries.iter_mut().filter(|(_, outcome)| outcome.is_ok()) {
            *outcome = Err(Failure::new(ResponseError::KafkaStorageError, error.to_string()));
        }
    }
    let entries = entries.into_iter().map(|(asked, outcome)| answer(asked, outcome.err())).collect();
    AlterClientQuotasResponse::default().with_entries(entries)
}

fn asked(entity: &[AskedEntity]) -> Asked {
    entity.iter().map(|part| (part.entity_type.clone(), part.entity_name.clone())).collect()
}

fn answer(asked: Asked, failure: Option<Failure>) -> EntryData {
    let entity = asked
        .into_iter()
        .map(|(kind, name)| EntityData::default().with_entity_type(kind).with_entity_name(name));
    let entry = EntryData::default().with_error_message(None).with_entity(entity.collect());
    match failure {
        Some(failure) => entry.with_error_code(failure.code).with_error_message(failure.text()),
        None => entry,
    }
}

fn invalid(why: impl Into<String>) -> Failure {
    Failure::new(ResponseError::InvalidRequest, why)
}

fn duplicate(asked: &Asked) -> Failure {
    let parts: Vec<String> = asked
        .iter()
        .map(|(kind, name)| format!("{}={}", kind.as_str(), name.as_deref().unwrap_or("null")))
        .collect();
    invalid(format!("Ignoring duplicate entity ClientQuotaEntity(entries={{{}}})", parts.join(", ")))
}

/// Checks an entry, and says what it changes.
fn check(asked: &Asked, entry: &AskedEntry) -> Result<Change, Failure> {
    let mut seen = HashSet::new();
    if !entry.ops.iter().all(|op| seen.insert(&op.key)) {
        return Err(duplicate(asked));
    }
    let entity = parse(asked).map_err(invalid)?;
    if let Some(Some(name)) = entity.get(&EntityType::Ip)
        && name != "localhost"
        && !is_address(name)
    {
        return Err(invalid(format!("{name} is not a valid IP or resolvable host.")));
    }
    let changes =
        entry.ops.iter().map(|op| change(&entity, op)).collect::<Result<_, _>>().map_err(invalid)?;
    Ok((entity, changes))
}

/// Whether this is an IP address. The JVM takes addresses of fewer than four numbers, too.
fn is_address(name: &str) -> bool {
    let parts = || name.split('.');
    let short = parts().count() < 4 && parts().rev().skip(1).all(|part| part.parse::<u8>().is_ok());
    name.parse::<IpAddr>().is_ok()
        || short && parts().next_back().is_some_and(|last| last.parse::<u32>().is_ok())
}

fn parse(asked: &Asked) -> Result<Entity, String> {
    if asked.is_empty() {
        return Err("Invalid empty client quota entity".into());
    }
    let mut entity = Entity::new();
    for (kind, name) in asked {
        let known = EntityType::from_name(kind)
            .ok_or_else(|| format!("Unhandled client quota entity type: {}", kind.as_str()))?;
        if name.as_deref() == Some("") {
            return Err(format!("Empty {} not supported", kind.as_str()));
        }
        entity.insert(known, name.as_ref().map(|name| name.to_string()));
    }
    if entity.len() > 1 && entity.contains_key(&EntityType::Ip) {
        let why = "Invalid quota entity combination, IP entity shouldnot be combined with User or ClientId";
        return Err(why.into());
    }
    Ok(entity)
}

fn change(entity: &Entity, op: &OpData) -> Result<(String, Option<f64>), String> {
    let name = op.key.to_string();
    if op.remove {
        return Ok((name, None));
    }
    let key = QuotaKey::of(entity, &name).ok_or_else(|| format!("Invalid configuration key {name}"))?;
    key.validate(op.value)?;
    Ok((name, Some(op.value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn why(parts: &[(&'static str, Option<&'static str>)]) -> String {
        let name = StrBytes::from_static_str;
        let asked = parts.iter().map(|(kind, entity)| (name(kind), entity.map(name))).collect();
        parse(&asked).err().unwrap_or_default()
    }

    #[test]
    fn entities_are_checked() {
        assert_eq!(why(&[("user", Some("a")), ("client-id", None)]), "");
        assert_eq!(why(&[("ip", None)]), "");
        assert_eq!(why(&[]), "Invalid empty client quota entity");
        assert_eq!(why(&[("client-id", Some(""))]), "Empty client-id not supported");
        assert_eq!(why(&[("planet", None)]), "Unhandled client quota entity type: planet");
        assert!(why(&[("ip", None), ("user", None)]).starts_with("Invalid quota entity combination"));
    }

    #[test]
    fn addresses_may_be_short() {
        for good in ["10.0.0.1", "::1", "1.2.3", "127.1", "2130706433"] {
            assert!(is_address(good), "{good}");
        }
        for bad in ["", "host", "1.2.3.4.5", "1.2.x", "256.1", "1..2"] {
            assert!(!is_address(bad), "{bad}");
        }
    }

    #[test]
    fn a_duplicate_is_named() {
        let name = StrBytes::from_static_str;
        let asked = Asked::from([(name("user"), None), (name("client-id"), Some(name("c")))]);
        let text = duplicate(&asked).message.unwrap();
        assert_eq!(text, "Ignoring duplicate entity ClientQuotaEntity(entries={client-id=c, user=null})");
    }
}
