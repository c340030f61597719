//! Topics chosen by a regular expression.

use std::fmt;

use regex::Regex;

use crate::error::{Error, Result};

/// A regular expression that a topic's whole name must match.
#[derive(Clone)]
pub struct TopicPattern {
    text: String,
    regex: Regex,
}

impl TopicPattern {
    /// The pattern of that text.
    ///
    /// ```
    /// use streams_core::TopicPattern;
    ///
    /// let pattern = TopicPattern::new("in-[0-9]+")?;
    /// assert!(pattern.matches("in-12") && !pattern.matches("main-12"));
    /// # Ok::<(), streams_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`](crate::ErrorKind::Argument): not a regular expression of the `regex` crate's syntax
    /// (look-around and back-references are not part of it).
    pub fn new(text: impl Into<String>) -> Result<Self> {
        let text = text.into();
        let regex = Regex::new(&format!("^(?:{text})$")).map_err(|error| {
            Error::argument(format!("`{text}` is not a regular expression for topics: {error}"))
                .with_source(error)
        })?;
        Ok(Self { text, regex })
    }

    /// Whether the pattern matches the whole of `topic`.
    pub fn matches(&self, topic: &str) -> bool {
        self.regex.is_match(topic)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl PartialEq for TopicPattern {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for TopicPattern {}

impl fmt::Debug for TopicPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TopicPattern({})", self.text)
    }
}

impl fmt::Display for TopicPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
