//! The state directory: who owns it, which process it belongs to, where a task's state lies (features S54, S55).

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::task_id::TaskId;

const LOCK_FILE: &str = ".lock";
const PROCESS_FILE: &str = "kafka-streams-process-metadata";

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ProcessMetadata {
    process_id: String,
}

/// The directory `<state.dir>/<application.id>` of one process, locked while this value lives.
#[derive(Debug)]
pub(crate) struct StateDirectory {
    path: PathBuf,
    process_id: Uuid,
    claimed: Mutex<BTreeSet<TaskId>>,
    // Dropping the file frees the lock.
    _lock: File,
}

impl StateDirectory {
    /// Opens and locks the directory, and makes it if it is not there.
    ///
    /// # Errors
    /// Another process or another instance in this process uses it, or it cannot be written.
    pub(crate) fn open(state_dir: &Path, application_id: &str) -> Result<Self> {
        let path = state_dir.join(application_id);
        create_dir(&path)?;
        let lock_path = path.join(LOCK_FILE);
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(&lock_path)
            .map_err(|error| unusable(&lock_path, error))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::state(format!(
                    "the state directory `{}` is in use by another instance of application `{application_id}`; give \
                     each instance on this machine its own `state.dir`, or close the other instance",
                    path.display()
                )));
            }
            Err(TryLockError::Error(error)) => return Err(unusable(&lock_path, error)),
        }
        let process_id = process_id(&path.join(PROCESS_FILE))?;
        Ok(Self { path, process_id, claimed: Mutex::default(), _lock: lock })
    }

    /// An id that stays the same over restarts with this directory.
    pub(crate) fn process_id(&self) -> Uuid {
        self.process_id
    }

    /// Where the state of a task lies.
    pub(crate) fn task_dir(&self, task: TaskId) -> PathBuf {
        self.path.join(task.to_string())
    }

    /// Where the global stores of the stream thread of that index lie.
    pub(crate) fn global_dir(&self, thread: usize) -> PathBuf {
        self.path.join("global").join(thread.to_string())
    }

    /// Makes the caller the owner of a task's directory; `None` while another thread still is, which has yet to hear that
    /// the task moved.
    pub(crate) fn claim(self: &Arc<Self>, task: TaskId) -> Option<TaskClaim> {
        let new = self.claimed.lock().unwrap_or_else(PoisonError::into_inner).insert(task);
        new.then(|| TaskClaim { directory: Arc::clone(self), task })
    }

    /// Removes the state of a task, which must be closed.
    pub(crate) fn wipe_task(&self, task: TaskId) -> Result<()> {
        remove_dir(&self.task_dir(task))
    }

    /// Removes all of an application's local state. No instance may be using it.
    pub(crate) fn clean_up(state_dir: &Path, application_id: &str) -> Result<()> {
        if !state_dir.join(application_id).exists() {
            return Ok(());
        }
        let directory = Self::open(state_dir, application_id)?;
        remove_dir(&directory.path)
    }
}

/// A thread's ownership of a task's directory; dropping it gives it up.
#[derive(Debug)]
pub(crate) struct TaskClaim {
    directory: Arc<StateDirectory>,
    task: TaskId,
}

impl Drop for TaskClaim {
    fn drop(&mut self) {
        self.directory.claimed.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.task);
    }
}

fn create_dir(path: &Path) -> Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o750);
    builder.create(path).map_err(|error| unusable(path, error))
}

fn remove_dir(path: &Path) -> Result<()> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(unusable(path, error)),
        _ => Ok(()),
    }
}

/// Reads the process id, or makes one. A file that cannot be understood is replaced.
fn process_id(path: &Path) -> Result<Uuid> {
    match fs::read(path) {
        Ok(bytes) => {
            let metadata = serde_json::from_slice::<ProcessMetadata>(&bytes).ok();
            match metadata.and_then(|metadata| metadata.process_id.parse().ok()) {
                Some(id) => return Ok(id),
                None => tracing::warn!(path = %path.display(), "process id unreadable; making a new one"),
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(unusable(path, error)),
    }
    let id = Uuid::new_v4();
    let metadata = ProcessMetadata { process_id: id.to_string() };
    let json = serde_json::to_vec(&metadata)
        .map_err(|error| Error::bug("the process id cannot be written as JSON").with_source(error))?;
    // Written aside and renamed, so that a crash leaves the old file or the new one.
    let aside = path.with_extension("tmp");
    fs::write(&aside, json).and_then(|()| fs::rename(&aside, path)).map_err(|error| unusable(path, error))?;
    Ok(id)
}

fn unusable(path: &Path, error: io::Error) -> Error {
    let advice = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            "make it writable for this user, or set `state.dir` to a directory that is"
        }
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            "make room, or set `state.dir` to a larger volume"
        }
        _ => "check the path in `state.dir`",
    };
    Error::state(format!("cannot use `{}` for local state: {error}; {advice}", path.display()))
        .with_source(error)
}

#[cfg(test)]
mod tests {
    use super::{PROCESS_FILE, StateDirectory};
    use crate::ErrorKind;

    #[test]
    fn a_directory_has_one_owner_and_keeps_its_process_id() {
        let dir = tempfile::tempdir().unwrap();
        let first = StateDirectory::open(dir.path(), "app").unwrap();
        let second = StateDirectory::open(dir.path(), "app").unwrap_err();
        assert_eq!(second.kind(), ErrorKind::State);
        assert!(second.to_string().contains("in use by another instance of application `app`"), "{second}");
        let id = first.process_id();
        drop(first);
        assert_eq!(StateDirectory::open(dir.path(), "app").unwrap().process_id(), id);
    }

    #[test]
    fn a_task_has_one_owner_at_a_time() {
        let dir = tempfile::tempdir().unwrap();
        let directory = std::sync::Arc::new(StateDirectory::open(dir.path(), "app").unwrap());
        let task = crate::TaskId::new(0, 1);
        let claim = directory.claim(task).unwrap();
        assert!(directory.claim(task).is_none());
        drop(claim);
        assert!(directory.claim(task).is_some());
    }

    #[test]
    fn a_corrupt_process_file_is_replaced() {
        let dir = tempfile::tempdir().unwrap();
        drop(StateDirectory::open(dir.path(), "app").unwrap());
        std::fs::write(dir.path().join("app").join(PROCESS_FILE), b"\0\0garbage").unwrap();
        let id = StateDirectory::open(dir.path(), "app").unwrap().process_id();
        assert_eq!(StateDirectory::open(dir.path(), "app").unwrap().process_id(), id);
    }

    #[test]
    fn a_path_that_is_no_directory_is_a_clear_error() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        std::fs::write(&file, b"").unwrap();
        let error = StateDirectory::open(&file, "app").unwrap_err();
        assert_eq!(error.kind(), ErrorKind::State);
        assert!(error.to_string().contains("check the path in `state.dir`"), "{error}");
    }

    #[test]
    fn clean_up_removes_everything_and_only_when_unused() {
        let dir = tempfile::tempdir().unwrap();
        let owner = StateDirectory::open(dir.path(), "app").unwrap();
        std::fs::create_dir_all(owner.task_dir(crate::TaskId::new(0, 1))).unwrap();
        assert!(StateDirectory::clean_up(dir.path(), "app").is_err());
        drop(owner);
        StateDirectory::clean_up(dir.path(), "app").unwrap();
        assert!(!dir.path().join("app").exists());
        StateDirectory::clean_up(dir.path(), "app").unwrap();
    }
}
