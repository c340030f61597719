//! The other members of the group must run the same topology.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use rdkafka::consumer::{BaseConsumer, Consumer};

use crate::error::{Error, Result};
use crate::runtime::events::MemberEvents;

const TIMEOUT: Duration = Duration::from_secs(5);

/// Compares what the other members subscribe to with `own` topics. A group that cannot be looked at is taken to be right:
/// the look is a courtesy.
///
/// # Errors
/// Another member reads other topics: two topologies share an `application.id`.
pub(super) fn check_others(
    consumer: &BaseConsumer<MemberEvents>,
    application_id: &str,
    own: &BTreeSet<Arc<str>>,
) -> Result<()> {
    let groups = match consumer.client().fetch_group_list(Some(application_id), TIMEOUT) {
        Ok(groups) => groups,
        Err(error) => {
            tracing::debug!(%error, "the group's members cannot be looked at");
            return Ok(());
        }
    };
    for member in groups.groups().iter().flat_map(|group| group.members()) {
        let Some(topics) = member.metadata().and_then(subscription) else { continue };
        if topics.iter().map(String::as_str).ne(own.iter().map(|topic| &**topic)) {
            return Err(Error::topology(format!(
                "two topologies share the `application.id` `{application_id}`: member {} at {} reads {}, and this one \
                 reads {}. Give each application its own `application.id`; to change the topology of an application, \
                 stop all its instances first",
                member.id(),
                member.client_host(),
                topics.into_iter().collect::<Vec<_>>().join(", "),
                own.iter().map(|topic| &**topic).collect::<Vec<_>>().join(", ")
            )));
        }
    }
    Ok(())
}

/// The topics of a member's subscription in the consumer protocol: version (2 bytes), then an array of strings.
fn subscription(bytes: &[u8]) -> Option<BTreeSet<String>> {
    let (_version, rest) = bytes.split_at_checked(2)?;
    let (count, mut rest) = rest.split_at_checked(4)?;
    let count = i32::from_be_bytes(count.try_into().ok()?);
    let mut topics = BTreeSet::new();
    for _ in 0..count {
        let (len, tail) = rest.split_at_checked(2)?;
        let len = usize::try_from(i16::from_be_bytes(len.try_into().ok()?)).ok()?;
        let (topic, tail) = tail.split_at_checked(len)?;
        topics.insert(std::str::from_utf8(topic).ok()?.to_owned());
        rest = tail;
    }
    Some(topics)
}

#[cfg(test)]
mod tests {
    use super::subscription;

    #[test]
    fn a_subscription_is_its_topics() {
        let bytes = b"\0\x01\0\0\0\x02\0\x01a\0\x02bc\xff\xff\xff\xff";
        assert_eq!(subscription(bytes).unwrap().into_iter().collect::<Vec<_>>(), ["a", "bc"]);
    }

    #[test]
    fn what_is_no_subscription_is_no_error() {
        for bytes in [&b""[..], b"\0", b"\0\0\0\0\0\x09", b"\0\0\0\0\0\x01\0\x05abc", b"\0\0\xff\xff\xff\xff"]
        {
            assert!(subscription(bytes).is_none_or(|topics| topics.is_empty()), "{bytes:?}");
        }
    }
}
