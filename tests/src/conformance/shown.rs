//! How the parts of a case are shown in differences.

use std::fmt::Display;

use super::case::{Datum, ExpectedStore, ExpectedTopic, OutputRecord, RawOutput, StoreEntry};
use super::diff::{Diff, Shown, fields, of_lists};

fn headers(list: &[(String, Option<String>)]) -> Option<String> {
    if list.is_empty() {
        return None;
    }
    let shown = list.iter().map(|(name, value)| format!("{name}={}", value.as_deref().unwrap_or("null")));
    Some(format!("[{}]", shown.collect::<Vec<_>>().join(", ")))
}

fn some<T: Display>(value: &T) -> Option<&dyn Display> {
    Some(value)
}

fn maybe<T: Display>(value: &Option<T>) -> Option<&dyn Display> {
    value.as_ref().map(|value| value as &dyn Display)
}

fn bytes(hex: &Option<String>) -> String {
    hex.as_ref().map_or_else(|| "null".to_owned(), |hex| format!("0x{hex}"))
}

impl Shown for OutputRecord {
    fn shown(&self) -> String {
        let list = headers(&self.headers);
        let fields = fields(&[
            ("key", some(&self.key)),
            ("value", some(&self.value)),
            ("ts", some(&self.ts)),
            ("headers", maybe(&list)),
        ]);
        format!("{{{}: {fields}}}", self.topic)
    }
}

impl Shown for RawOutput {
    fn shown(&self) -> String {
        let (key, value, list) = (bytes(&self.k), bytes(&self.v), headers(&self.h));
        let ts = self.ts.map_or_else(|| "none".to_owned(), |ts| ts.to_string());
        let fields = fields(&[
            ("step", some(&self.s)),
            ("key", some(&key)),
            ("value", some(&value)),
            ("ts", some(&ts)),
            ("headers", maybe(&list)),
        ]);
        format!("{{{fields}}}")
    }
}

impl Shown for StoreEntry {
    fn shown(&self) -> String {
        let key: &Datum = &self.key;
        let fields = fields(&[
            ("key", some(key)),
            ("start", maybe(&self.start)),
            ("end", maybe(&self.end)),
            ("as of", maybe(&self.as_of)),
            ("value", some(&self.value)),
            ("ts", maybe(&self.ts)),
        ]);
        format!("{{{fields}}}")
    }
}

impl Diff for ExpectedStore {
    fn diff(&self, actual: &Self) -> Option<String> {
        if self.kind != actual.kind {
            return Some(format!("is of type {}, not {}", actual.kind, self.kind));
        }
        of_lists(&self.entries, &actual.entries)
    }
}

impl Diff for ExpectedTopic {
    fn diff(&self, actual: &Self) -> Option<String> {
        (self != actual).then(|| format!("expected {self:?}, came {actual:?}"))
    }
}
