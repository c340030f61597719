//! Which topic names are valid.

/// The topics that the broker keeps for itself.
const INTERNAL: [&str; 3] = ["__consumer_offsets", "__transaction_state", "__share_group_state"];

/// The name under which Kafka's controllers keep the cluster's metadata. No topic may have it.
pub(crate) const METADATA_TOPIC: &str = "__cluster_metadata";

/// Whether a topic is the broker's own.
pub(crate) fn is_internal(name: &str) -> bool {
    INTERNAL.contains(&name)
}

/// Says what is wrong with a topic's name, if anything.
pub(crate) fn validate_name(name: &str) -> Result<(), String> {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    if name.is_empty() {
        Err("Topic name is invalid: the empty string is not allowed".into())
    } else if name == "." || name == ".." {
        Err(format!("Topic name is invalid: '{name}' is not allowed"))
    } else if name.len() > 249 {
        Err(format!(
            "Topic name is invalid: the length of '{name}' is longer than the max allowed length 249"
        ))
    } else if !name.bytes().all(legal) {
        Err(format!(
            "Topic name is invalid: '{name}' contains one or more characters other than ASCII alphanumerics, \
             '.', '_' and '-'"
        ))
    } else {
        Ok(())
    }
}

/// The form of a name in which two topics must not be equal: metrics replace '.' by '_'.
pub(crate) fn collision_form(name: &str) -> String {
    name.replace('.', "_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_kafkas_rules() {
        for good in ["a", "A.b_c-1", &"x".repeat(249)] {
            assert!(validate_name(good).is_ok(), "{good}");
        }
        for bad in ["", ".", "..", "a/b", "a b", "ä", &"x".repeat(250)] {
            assert!(validate_name(bad).is_err(), "{bad}");
        }
    }
}
