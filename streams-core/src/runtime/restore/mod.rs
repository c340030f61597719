//! Restoring stores from their changelogs.

mod changelog;
mod job;
mod listener;
mod updater;

pub use listener::{NoRestoreListener, RestoredStore, StateRestoreListener};

pub(crate) use job::ActiveTask;
pub(crate) use updater::{Restored, StateUpdater};
