//! Commits: caches and changelogs out, offsets, then the state on disk.

use std::sync::Arc;

use super::offset_metadata;
use super::stream_task::StreamTask;
use crate::error::{Error, Result};
use crate::store::StateStore;

/// An offset to commit for an input partition (features R16).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitOffset {
    /// The topic.
    pub topic: Arc<str>,
    /// The partition.
    pub partition: i32,
    /// The offset of the next record to read.
    pub offset: i64,
    /// The partition's time in Kafka Streams' encoding; see
    /// [`StreamTask::restore_partition_time`](crate::StreamTask::restore_partition_time).
    pub metadata: String,
}

impl StreamTask {
    /// Whether anything happened since the last commit.
    pub fn commit_needed(&self) -> bool {
        self.commit_needed
    }

    /// Whether a commit is due at once: a processor asked for it, or much state waits for it.
    pub fn commit_requested(&self) -> bool {
        self.context.commit_requested || self.context.stores.wants_commit()
    }

    /// Flushes record caches and sends all changelog records to the collector. Flush that one next, then commit
    /// [`StreamTask::committable_offsets`].
    ///
    /// # Errors
    /// What no exception handler forgave; or the collector's error.
    pub fn prepare_commit(&mut self) -> Result<()> {
        if self.is_stateful() {
            self.flush_caches()?;
            self.drain_changelogs()?;
        }
        Ok(())
    }

    /// Empties all record caches as if there were no more memory for them: what they hold goes on to the stores below, to
    /// the changelogs and down the topology. Nothing is committed.
    ///
    /// # Errors
    /// What no exception handler forgave; or the collector's error.
    pub fn evict_caches(&mut self) -> Result<()> {
        self.status.expect_running("evict its caches")?;
        self.flush_caches()?;
        self.drain_changelogs()
    }

    /// The offsets to commit for the partitions that the task has taken records from.
    pub fn committable_offsets(&self) -> Vec<CommitOffset> {
        let consumed = self.group.queues().iter().filter(|queue| queue.consumed.is_some());
        consumed
            .filter_map(|queue| {
                Some(CommitOffset {
                    topic: Arc::clone(&queue.id.topic),
                    partition: queue.id.partition,
                    offset: queue.position()?,
                    metadata: offset_metadata::encode(queue.partition_time, &self.context.metadata),
                })
            })
            .collect()
    }

    /// Whether [`StreamTask::post_commit`] has a use for the offsets of changelogs: without a store on disk it has none.
    pub fn keeps_changelog_offsets(&self) -> bool {
        self.context.stores.keeps_offsets()
    }

    /// The commit is done: the stores' changes may go to disk. `changelog_offsets` are, for each changelog partition,
    /// the offset behind the last record that was acknowledged.
    ///
    /// # Errors
    /// The disk refused; the task must be closed.
    pub fn post_commit(
        &mut self,
        changelog_offsets: impl IntoIterator<Item = ((Arc<str>, i32), i64)>,
    ) -> Result<()> {
        self.commit_needed = false;
        self.context.commit_requested = false;
        let task_id = self.context.task_id;
        self.context
            .stores
            .commit(changelog_offsets)
            .map_err(|error| error.context(format!("cannot write the state of task {task_id}")))
    }

    /// Empties the record caches, store by store in the order in which the stores were added to the topology. What one
    /// store's cache forwards may land in another's: so until all are empty.
    pub(super) fn flush_caches(&mut self) -> Result<()> {
        for _pass in 0..=self.context.stores.len() {
            let mut flushed = false;
            for index in 0..self.context.stores.len() {
                flushed |= self.flush_cache(index)?;
            }
            if !flushed {
                break;
            }
        }
        Ok(())
    }

    fn flush_cache(&mut self, index: usize) -> Result<bool> {
        if self.context.stores.cached_bytes(index) == 0 {
            return Ok(false);
        }
        let owner = self.context.cache_owners.iter().find(|(store, _)| *store == index);
        match owner {
            Some((_, node)) => {
                let node = *node;
                // What left the cache and was not forwarded is in neither: this cannot be called again.
                self.graph.flush_cache(node, &mut self.context).map_err(Error::not_repeatable)?;
            }
            None => self.context.stores.at(index).map_or(Ok(()), StateStore::flush)?,
        }
        self.drain_changelogs()?;
        Ok(true)
    }

    /// When the record caches hold more than they may: flushes whole caches, the one that has held changes for longest
    /// first, until the rest fits (feature S48).
    #[inline]
    pub(super) fn flush_if_over_budget(&mut self) -> Result<()> {
        if self.cache_max_bytes == 0 { Ok(()) } else { self.keep_to_budget() }
    }

    fn keep_to_budget(&mut self) -> Result<()> {
        while self.note_cached() > self.cache_max_bytes {
            let waiting = self.cached_since.iter().enumerate();
            let oldest = waiting.filter_map(|(store, since)| Some(((*since)?, store))).min();
            let Some((_, store)) = oldest else { break };
            self.flush_cache(store)?;
            self.cached_since[store] = None;
        }
        Ok(())
    }

    /// Notes which record caches hold changes, and returns how many bytes they hold in all.
    fn note_cached(&mut self) -> usize {
        let Self { context, cached_since, processed, .. } = self;
        cached_since.resize(context.stores.len(), None);
        let caches = context.stores.iter().zip(cached_since);
        caches
            .map(|(store, since)| {
                let bytes = store.cached_bytes();
                *since = if bytes == 0 { None } else { since.or(Some(*processed)) };
                bytes
            })
            .sum()
    }
}
