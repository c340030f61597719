//! DescribeClientQuotas (key 48), versions 0–1 (KIP-546): the quotas of the entities that a filter
//! lets through.

use std::collections::BTreeMap;

use kafka_protocol::ResponseError;
use kafka_protocol::messages::ApiKey;
use kafka_protocol::messages::describe_client_quotas_request::{ComponentData, DescribeClientQuotasRequest};
use kafka_protocol::messages::describe_client_quotas_response::{
    DescribeClientQuotasResponse, EntityData, EntryData, ValueData,
};
use kafka_protocol::protocol::StrBytes;

use super::support::{Failure, text};
use super::{Request, api};
use crate::quotas::{Entity, EntityType};

api!(ApiKey::DescribeClientQuotas, 0..=1, DescribeClientQuotasRequest, describe_client_quotas);

const EXACT: i8 = 0;
const DEFAULT: i8 = 1;
const SPECIFIED: i8 = 2;

/// Which names of a type are wanted.
#[derive(Debug, PartialEq, Eq)]
enum Match {
    /// This one.
    Name(String),
    /// The one that stands for all others.
    Default,
    /// All.
    Any,
}

async fn describe_client_quotas(
    request: &Request,
    body: DescribeClientQuotasRequest,
) -> DescribeClientQuotasResponse {
    let filter = match filter(&body.components) {
        Ok(filter) => filter,
        Err(failure) => {
            return DescribeClientQuotasResponse::default()
                .with_error_code(failure.code)
                .with_error_message(failure.text())
                .with_entries(None);
        }
    };
    let quotas = request.broker.quotas.all();
    let found = quotas.iter().filter(|(entity, _)| wanted(entity, &filter, body.strict));
    let entries = found.map(|(entity, values)| entry(entity, values)).collect();
    // As on Apache Kafka the text of no error is empty, not null.
    DescribeClientQuotasResponse::default()
        .with_error_message(Some(StrBytes::default()))
        .with_entries(Some(entries))
}

fn filter(components: &[ComponentData]) -> Result<BTreeMap<EntityType, Match>, Failure> {
    let mut filter = BTreeMap::new();
    for component in components {
        let name = component.entity_type.as_str();
        let invalid = |why: String| Err(Failure::new(ResponseError::InvalidRequest, why));
        if name.is_empty() {
            return invalid("Invalid empty entity type.".into());
        }
        let wanted = match (component.match_type, &component._match) {
            (EXACT, Some(name)) => Match::Name(name.to_string()),
            (EXACT, None) => {
                return invalid("Request specified MATCH_TYPE_EXACT, but set match string to null.".into());
            }
            (DEFAULT, None) => Match::Default,
            (SPECIFIED, None) => Match::Any,
            (DEFAULT | SPECIFIED, Some(_)) => {
                let kind = if component.match_type == DEFAULT { "DEFAULT" } else { "SPECIFIED" };
                return invalid(format!(
                    "Request specified MATCH_TYPE_{kind}, but also specified a match string."
                ));
            }
            (other, _) => return invalid(format!("Unknown match type {other}")),
        };
        let Some(kind) = EntityType::from_name(name) else {
            let why = format!("Unsupported entity type {name}");
            return Err(Failure::new(ResponseError::UnsupportedVersion, why));
        };
        if filter.insert(kind, wanted).is_some() {
            return invalid(format!("Entity type {name} cannot appear more than once in the filter."));
        }
    }
    if filter.len() > 1 && filter.contains_key(&EntityType::Ip) {
        let why = "Invalid entity filter component combination. IP filter component should not be used \
                   with user or clientId filter component.";
        return Err(Failure::new(ResponseError::InvalidRequest, why));
    }
    Ok(filter)
}

/// Whether an entity has all types of the filter, with names that it lets through, and in a strict
/// filter no other types.
fn wanted(entity: &Entity, filter: &BTreeMap<EntityType, Match>, strict: bool) -> bool {
    let fits = |(kind, wanted): (&EntityType, &Match)| match (entity.get(kind), wanted) {
        (None, _) => false,
        (Some(_), Match::Any) => true,
        (Some(name), Match::Default) => name.is_none(),
        (Some(name), Match::Name(wanted)) => name.as_ref() == Some(wanted),
    };
    filter.iter().all(fits) && (!strict || entity.len() == filter.len())
}

fn entry(entity: &Entity, values: &BTreeMap<String, f64>) -> EntryData {
    let entity = entity.iter().map(|(kind, name)| {
        EntityData::default()
            .with_entity_type(StrBytes::from_static_str(kind.name()))
            .with_entity_name(name.as_deref().map(text))
    });
    let values =
        values.iter().map(|(key, value)| ValueData::default().with_key(text(&**key)).with_value(*value));
    EntryData::default().with_entity(entity.collect()).with_values(values.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(kind: &'static str, match_type: i8, name: Option<&'static str>) -> ComponentData {
        ComponentData::default()
            .with_entity_type(StrBytes::from_static_str(kind))
            .with_match_type(match_type)
            .with_match(name.map(StrBytes::from_static_str))
    }

    fn why(components: &[ComponentData]) -> (i16, String) {
        let failure = filter(components).unwrap_err();
        (failure.code, failure.message.unwrap_or_default())
    }

    #[test]
    fn filters_are_checked() {
        assert_eq!(why(&[component("planet", 2, None)]), (35, "Unsupported entity type planet".into()));
        assert_eq!(why(&[component("user", 3, None)]), (42, "Unknown match type 3".into()));
        assert!(why(&[component("user", 0, None)]).1.contains("MATCH_TYPE_EXACT"));
        assert!(why(&[component("user", 2, Some("x"))]).1.contains("MATCH_TYPE_SPECIFIED"));
        assert!(why(&[component("user", 2, None), component("user", 1, None)]).1.contains("more than once"));
        assert!(why(&[component("user", 2, None), component("ip", 2, None)]).1.contains("IP filter"));
    }

    #[test]
    fn a_strict_filter_wants_no_other_types() {
        let entity = Entity::from([(EntityType::User, Some("a".into())), (EntityType::ClientId, None)]);
        let wants =
            |components: &[ComponentData], strict| wanted(&entity, &filter(components).unwrap(), strict);
        assert!(wants(&[], false) && !wants(&[], true));
        assert!(wants(&[component("user", 0, Some("a"))], false));
        assert!(!wants(&[component("user", 0, Some("a"))], true));
        assert!(!wants(&[component("user", 1, None)], false));
        assert!(wants(&[component("user", 2, None), component("client-id", 1, None)], true));
        assert!(!wants(&[component("ip", 2, None)], false));
    }
}
