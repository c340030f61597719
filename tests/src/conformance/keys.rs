//! What named functions see of a key, windowed or not.

use std::fmt;

use streams_core::Windowed;

use super::values::{Key, NULL, Val};

/// A key that can flow through a case's topology.
pub(crate) trait CaseKey: Clone + PartialEq + fmt::Debug + Send + Sync + 'static {
    /// The text of the key (of a windowed key, the inner one's); `None` for null.
    fn text(&self) -> Option<&str>;

    /// Start and end of the window of a windowed key.
    fn window(&self) -> Option<(i64, i64)>;

    /// The key of that text, where such keys have no window.
    fn of_text(text: Option<String>) -> Option<Self>;

    /// The key as named functions show it: `∅` for null, `key@start/end` when windowed.
    fn shown(&self) -> String {
        self.shown_or_null().unwrap_or_else(|| NULL.to_owned())
    }

    /// As [`CaseKey::shown`], `None` for null.
    fn shown_or_null(&self) -> Option<String> {
        let text = self.text()?;
        Some(match self.window() {
            Some((start, end)) => format!("{text}@{start}/{end}"),
            None => text.to_owned(),
        })
    }

    /// The shown key as a value.
    fn value(&self) -> Val {
        Val::of_option(self.shown_or_null())
    }
}

impl CaseKey for Key {
    fn text(&self) -> Option<&str> {
        self.0.as_deref()
    }

    fn window(&self) -> Option<(i64, i64)> {
        None
    }

    fn of_text(text: Option<String>) -> Option<Self> {
        Some(Self(text))
    }
}

impl CaseKey for Windowed<Key> {
    fn text(&self) -> Option<&str> {
        self.key.text()
    }

    fn window(&self) -> Option<(i64, i64)> {
        Some((self.window.start, self.window.end))
    }

    fn of_text(_: Option<String>) -> Option<Self> {
        None
    }
}

#[cfg(test)]
mod tests {
    use streams_core::Window;

    use super::*;

    #[test]
    fn windowed_keys_show_their_window() {
        let key = Windowed::new(Key::of("a"), Window::new(5, 15));
        assert_eq!(key.shown(), "a@5/15");
        assert_eq!(key.text(), Some("a"));
        assert_eq!(Key::null().shown(), "∅");
        assert_eq!(Key::of("a").value(), Val::of("a"));
    }
}
