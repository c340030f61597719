//! Which names are allowed, and which were made up by the library.

use std::collections::BTreeSet;

use crate::error::{Error, Result};

const LONGEST: usize = 249;

/// Checks a name that becomes part of a topic's name: ASCII letters and digits, `.`, `_` and `-`, at most 249 of them,
/// neither `.` nor `..`.
///
/// ```
/// use streams_core::validate_name;
///
/// assert!(validate_name("word-counts").is_ok());
/// assert!(validate_name("word counts").is_err());
/// ```
///
/// # Errors
/// [`ErrorKind::Topology`](crate::ErrorKind::Topology): the message says what is wrong with the name.
pub fn validate_name(name: &str) -> Result<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '_' | '-');
    if name.is_empty() {
        return Err(Error::topology("a name is illegal: it cannot be empty"));
    }
    if name == "." || name == ".." {
        return Err(Error::topology(format!("the name `{name}` is illegal: it cannot be `.` or `..`")));
    }
    if name.len() > LONGEST {
        return Err(Error::topology(format!(
            "the name `{name}` is illegal: it cannot be longer than {LONGEST} characters"
        )));
    }
    if !name.chars().all(allowed) {
        return Err(Error::topology(format!(
            "the name `{name}` is illegal: only ASCII letters and digits, `.`, `_` and `-` are allowed"
        )));
    }
    Ok(())
}

/// A kind of name that users should give, because it becomes part of the application's resources (KIP-1111).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GeneratedName {
    /// A changelog topic: of a store whose name was made up.
    Changelog,
    /// A state store.
    StateStore,
    /// A repartition topic.
    Repartition,
}

/// The names that the DSL made up.
#[derive(Debug, Clone, Default)]
pub(super) struct GeneratedNames(BTreeSet<(GeneratedName, String)>);

impl GeneratedNames {
    pub(super) fn insert(&mut self, kind: GeneratedName, name: String) {
        self.0.insert((kind, name));
    }

    /// Refuses the topology if there are such names.
    pub(super) fn refuse(&self) -> Result<()> {
        let list = |kind: GeneratedName, what: &str| {
            let names: Vec<&str> =
                self.0.iter().filter(|(k, _)| *k == kind).map(|(_, name)| name.as_str()).collect();
            (!names.is_empty()).then(|| format!("{what} {}", names.join(", ")))
        };
        let lists: Vec<String> = [
            list(GeneratedName::Changelog, "changelog topics of"),
            list(GeneratedName::StateStore, "state stores"),
            list(GeneratedName::Repartition, "repartition topics"),
        ]
        .into_iter()
        .flatten()
        .collect();
        if lists.is_empty() {
            return Ok(());
        }
        Err(Error::topology(format!(
            "`ensure.explicit.internal.resource.naming` is set, and these have no name of yours: {}; name them with \
             `Materialized`, `Grouped`, `Joined`, `StreamJoined` or `Repartitioned`",
            lists.join("; ")
        )))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_what_topics_allow() {
        for name in ["a", "A-b_c.9", &"x".repeat(249)] {
            validate_name(name).unwrap();
        }
        for name in ["", ".", "..", "a b", "ż", "a/b", &"x".repeat(250)] {
            assert!(validate_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn generated_names_are_listed_by_kind() {
        let mut names = GeneratedNames::default();
        names.refuse().unwrap();
        names.insert(GeneratedName::Repartition, "r".to_owned());
        names.insert(GeneratedName::StateStore, "s".to_owned());
        let message = names.refuse().unwrap_err().to_string();
        assert!(message.contains("state stores s; repartition topics r"), "{message}");
    }
}
