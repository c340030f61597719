//! The file of users: a line `NAME:PASSWORD` for each.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::users::Secret;
use crate::error::{Error, Result};

/// Reads a file of users.
///
/// # Errors
/// If it cannot be read, a line is not of the form, or it has no user.
pub(super) fn read(path: &Path) -> Result<BTreeMap<String, Secret>> {
    let bytes = fs::read(path).map_err(|source| {
        let message = format!(
            "cannot read the SASL users in {}: {source}; check the path and its rights",
            path.display()
        );
        Error::config(message).with_source(source)
    })?;
    parse(&bytes).map_err(|why| Error::config(format!("SASL users in {}{why}", path.display())))
}

/// Takes a file's content apart. Blank lines and those that begin with `#` are passed over; all
/// behind the first colon is the password, blanks too.
fn parse(bytes: &[u8]) -> std::result::Result<BTreeMap<String, Secret>, String> {
    let mut users = BTreeMap::new();
    for (index, line) in bytes.split(|byte| *byte == b'\n').enumerate() {
        let bad = |why: &str| format!(", line {}: {why}", index + 1);
        let line = std::str::from_utf8(line).map_err(|_| bad("not UTF-8; save the file as UTF-8"))?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        if line.trim().is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, password) =
            line.split_once(':').ok_or_else(|| bad("no colon; write NAME:PASSWORD, such as alice:secret"))?;
        if name.is_empty() || name.trim() != name {
            return Err(bad("the name is empty or has blanks around it; begin the line with the name"));
        }
        if password.is_empty() {
            return Err(bad("no password behind the colon; add it, or delete the line"));
        }
        if users.insert(name.to_owned(), Secret(password.to_owned())).is_some() {
            return Err(bad(&format!("user {name} is there already; keep one of the two lines")));
        }
    }
    if users.is_empty() {
        return Err(": no user; add a line NAME:PASSWORD for each".into());
    }
    Ok(users)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn users_are_read_line_by_line() {
        let users = parse(b"# who may connect\n\nalice:pa:ss word \r\nb\xc3\xb6b:x\n").unwrap();
        assert_eq!(users["alice"].0, "pa:ss word ");
        assert_eq!(users["böb"].0, "x");
    }

    #[test]
    fn mistakes_are_told_with_their_line() {
        for (file, line, cure) in [
            ("alice", "line 1", "write NAME:PASSWORD"),
            ("a:b\n\nc:", "line 3", "add it"),
            (":secret", "line 1", "begin the line with the name"),
            (" a:b", "line 1", "begin the line with the name"),
            ("a:b\na:c", "line 2", "keep one"),
            ("# nobody\n", "no user", "NAME:PASSWORD"),
        ] {
            let why = parse(file.as_bytes()).unwrap_err();
            assert!(why.contains(line) && why.contains(cure), "{file:?}: {why}");
        }
        assert!(parse(b"a:b\n\xff:c").unwrap_err().contains("line 2: not UTF-8"));
    }

    #[test]
    fn passwords_are_not_shown() {
        let users = parse(b"alice:secret").unwrap();
        assert!(!format!("{users:?}").contains("secret"));
    }
}
