//! Remembers changes of files, and lets some fail, for tests.

use std::cell::RefCell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// A change of a file or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// Made, or emptied.
    Create,
    /// Bytes at its end.
    Append(Vec<u8>),
    /// Cut off.
    Truncate(u64),
    /// On the disk.
    Sync,
    /// Another name.
    Rename(PathBuf),
    /// Gone, with all that is in it.
    Remove,
    /// A folder.
    CreateDir,
}

/// Changes below a folder, in order.
#[derive(Debug)]
pub(crate) struct Trace {
    root: PathBuf,
    changes: Vec<(PathBuf, Change)>,
}

thread_local! {
    static REFUSED: RefCell<Option<PathBuf>> = const { RefCell::new(None) };
}

/// From now on this thread can make no folder at `path`.
pub(crate) fn refuse(path: Option<PathBuf>) {
    REFUSED.set(path);
}

/// Whether the folder at `path` can be made.
pub(super) fn check(path: &Path) -> io::Result<()> {
    let refused = REFUSED.with_borrow(|refused| refused.as_deref() == Some(path));
    if refused { Err(io::ErrorKind::StorageFull.into()) } else { Ok(()) }
}

static TRACES: Mutex<Vec<Trace>> = Mutex::new(Vec::new());

/// Begins to remember what happens below `root`.
pub(crate) fn start(root: &Path) {
    let trace = Trace { root: root.to_owned(), changes: Vec::new() };
    TRACES.lock().unwrap_or_else(PoisonError::into_inner).push(trace);
}

/// How much has happened below `root` so far.
pub(crate) fn length(root: &Path) -> usize {
    let traces = TRACES.lock().unwrap_or_else(PoisonError::into_inner);
    traces.iter().find(|trace| trace.root == root).map_or(0, |trace| trace.changes.len())
}

/// Ends it; paths are relative to `root`.
pub(crate) fn stop(root: &Path) -> Vec<(PathBuf, Change)> {
    let mut traces = TRACES.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(at) = traces.iter().position(|trace| trace.root == root) else { return Vec::new() };
    traces.swap_remove(at).changes
}

/// Remembers a change. Called before it is made, but for syncing, which counts when it is done.
pub(super) fn note(change: Change, path: &Path) {
    let mut traces = TRACES.lock().unwrap_or_else(PoisonError::into_inner);
    for trace in traces.iter_mut() {
        let Ok(inside) = path.strip_prefix(&trace.root) else { continue };
        let change = match &change {
            Change::Rename(to) => Change::Rename(to.strip_prefix(&trace.root).unwrap_or(to).to_owned()),
            other => other.clone(),
        };
        trace.changes.push((inside.to_owned(), change));
    }
}
