//! What went wrong with the local disk, said so that the reader knows what to do.

use std::path::Path;

use rocksdb::ErrorKind as RocksKind;

use crate::error::Error;

/// Whether the files themselves are damaged, so that only a wipe helps.
pub(super) fn is_corruption(error: &rocksdb::Error) -> bool {
    let missing_file = || {
        let text = error.to_string();
        text.contains("No such file") || text.contains("not a database") || text.contains("CURRENT file")
    };
    match error.kind() {
        RocksKind::Corruption | RocksKind::NotFound => true,
        RocksKind::IOError => missing_file(),
        _ => false,
    }
}

/// The library's error for a failure of RocksDB at `path` while `doing` something.
pub(super) fn disk_error(error: rocksdb::Error, path: &Path, doing: &str) -> Error {
    let text = error.to_string();
    let path = path.display();
    let advice = advice(&error, &text);
    Error::state(format!("cannot {doing} the local state in {path}: {advice} ({text})")).with_source(error)
}

fn advice(error: &rocksdb::Error, text: &str) -> &'static str {
    let lower = text.to_lowercase();
    if lower.contains("lock") && (lower.contains("resource temporarily") || lower.contains("held by"))
        || lower.contains("lock hold by")
    {
        "another process (or another instance in this one) has it open; give each instance its own `state.dir`, or \
         stop the other one"
    } else if lower.contains("no space left") || lower.contains("disk quota") {
        "the disk is full; free some space, the state itself is not harmed"
    } else if lower.contains("read-only file system") {
        "the file system is read-only; point `state.dir` to one that can be written"
    } else if lower.contains("permission denied") || lower.contains("operation not permitted") {
        "it may not be written by this user; change its owner or point `state.dir` elsewhere"
    } else if lower.contains("too many open files") {
        "the limit of open files is reached; raise it (`ulimit -n`)"
    } else if is_corruption(error) {
        "it is damaged; it is wiped at the next start and restored from the changelog"
    } else {
        "RocksDB refused"
    }
}

/// The library's error for a failure of the file system at `path`.
pub(super) fn io_error(error: std::io::Error, path: &Path, doing: &str) -> Error {
    use std::io::ErrorKind::{PermissionDenied, ReadOnlyFilesystem, StorageFull};
    let advice = match error.kind() {
        PermissionDenied => {
            "it may not be written by this user; change its owner or point `state.dir` elsewhere"
        }
        ReadOnlyFilesystem => "the file system is read-only; point `state.dir` to one that can be written",
        StorageFull => "the disk is full; free some space, the state itself is not harmed",
        _ => "the file system refused",
    };
    let message = format!("cannot {doing} the state directory {}: {advice} ({error})", path.display());
    Error::state(message).with_source(error)
}
