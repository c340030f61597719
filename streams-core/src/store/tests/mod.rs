//! Tests of the stores as the engine and processors see them.

mod buffers;
mod commit;
mod key_value;
mod outer_join;
mod sessions;
mod versions;
mod windows;

use tempfile::TempDir;

use super::{StateOptions, StateStore, StoreBuilder, StoreContext, StoreRef, Stores, TaskState};
use crate::processor::RawRecord;
use crate::record::{Headers, RawPayload, RecordContext};
use crate::task_id::TaskId;

/// A task's stores in a temporary directory.
struct Fixture {
    // Dropped before the directory: a database that closes wants its files.
    stores: Stores,
    options: StateOptions,
    directory: TempDir,
}

/// A changelog record: key and value as hex, timestamp.
type Logged = (String, Option<String>, Option<i64>);

impl Fixture {
    fn new() -> Self {
        Self::with_options(StateOptions::default())
    }

    fn with_options(options: StateOptions) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let stores = Stores::with_state(TaskState::new(directory.path(), options.clone()));
        Self { directory, options, stores }
    }

    /// The same directory, opened by another life of the task.
    fn reopen(self, clean: bool) -> Self {
        let Self { directory, options, stores } = self;
        stores.close(clean).unwrap();
        let stores = Stores::with_state(TaskState::new(directory.path(), options.clone()));
        Self { directory, options, stores }
    }

    fn add<S: StateStore>(&mut self, builder: &dyn StoreBuilder) -> StoreRef<S> {
        self.add_with(builder, false)
    }

    fn add_with<S: StateStore>(&mut self, builder: &dyn StoreBuilder, cache: bool) -> StoreRef<S> {
        let topic = format!("app-{}-changelog", builder.name());
        let state = self.stores.state().unwrap().clone();
        let context = StoreContext {
            application_id: "app",
            task_id: TaskId::new(0, 0),
            changelog_topic: Some(&topic),
            write_changelog: builder.logging_enabled(),
            cache,
            state: &state,
        };
        self.stores.push(builder.build(&context).unwrap());
        self.stores.reference(builder.name()).unwrap()
    }

    /// The store, accessed on behalf of a record with that timestamp.
    fn at<S: StateStore>(&mut self, store: &StoreRef<S>, timestamp: i64) -> &mut S {
        self.stores.get_for(store, &RecordContext::punctuation(timestamp)).unwrap()
    }

    fn logged(&mut self) -> Vec<Logged> {
        let mut logged = Vec::new();
        self.stores
            .drain_changelogs(|_, record| {
                logged.push((hex(record.key), record.value.map(hex), record.timestamp));
                Ok(())
            })
            .unwrap();
        logged
    }

    /// The changelog so far, as records to restore from.
    fn changelog(&mut self) -> Vec<RawRecord> {
        let mut records = Vec::new();
        self.stores
            .drain_changelogs(|_, record| {
                records.push(RawRecord {
                    offset: 0,
                    timestamp: record.timestamp.unwrap_or(-1),
                    payload: RawPayload::new(Some(record.key), record.value),
                    headers: record.headers.clone(),
                });
                Ok(())
            })
            .unwrap();
        records
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn text(text: &str) -> String {
    text.to_owned()
}

/// The context of a record of topic `in`.
fn context(offset: i64, timestamp: i64) -> RecordContext {
    RecordContext {
        topic: Some("in".into()),
        partition: 0,
        offset,
        timestamp,
        headers: Headers::new(),
        source_raw: RawPayload::default(),
    }
}
