//! All that goes to standard output and standard error.
//!
//! Standard output may be a pipe whose reader leaves, as in `streams topics list | head -1`. Whoever prints gets
//! [`Failure::ReaderGone`] then, which ends the command without a word (`println!` would panic).

use std::fmt::Display;
use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::failure::Failure;

/// Prints a line.
pub(crate) fn line(text: impl Display) -> Result<(), Failure> {
    Ok(writeln!(io::stdout().lock(), "{text}")?)
}

/// Prints what has its line breaks already.
pub(crate) fn all(bytes: &[u8]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    Ok(out.flush()?)
}

/// Prints a line to standard error. Nobody can be told if that fails.
pub(crate) fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// Prints rows as an aligned table with a header, or as JSON objects with the header's words as keys.
pub(crate) fn table(json: bool, header: &[&str], rows: &[Vec<Value>]) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    if json {
        for row in rows {
            let object: Map<String, Value> = header
                .iter()
                .map(|name| name.to_lowercase().replace(' ', "_"))
                .zip(row.iter().cloned())
                .collect();
            writeln!(out, "{}", Value::Object(object))?;
        }
        return Ok(());
    }
    let cells: Vec<Vec<String>> = std::iter::once(header.iter().map(|name| (*name).to_owned()).collect())
        .chain(rows.iter().map(|row| row.iter().map(text).collect()))
        .collect();
    let width = |column: usize| cells.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    for row in &cells {
        let line: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
        writeln!(out, "{}", line.join("  ").trim_end())?;
    }
    Ok(())
}

/// Tells what was done to something: `created words`, or `{"created":"words"}`.
pub(crate) fn done(json: bool, what: &str, name: &str) -> Result<(), Failure> {
    match json {
        true => line(serde_json::json!({ what: name })),
        false => line(format_args!("{what} {name}")),
    }
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
