//! Global stores that several tasks of a thread share: lent to the task that is at work.

use super::global::GlobalTask;
use super::stream_task::StreamTask;

impl StreamTask {
    /// Runs `f` while the stores of `global` stand behind the task's own, where its processors find them. All calls that
    /// run processors need them: [`start`](Self::start), [`process_one`](Self::process_one), punctuations and
    /// [`prepare_commit`](Self::prepare_commit). The steps that write state to disk must not have them.
    ///
    /// Lending moves a pointer for each store; nothing is copied or locked.
    pub fn with_global<R>(&mut self, global: Option<&mut GlobalTask>, f: impl FnOnce(&mut Self) -> R) -> R {
        let Some(global) = global else { return f(self) };
        let own = self.context.stores.len();
        self.context.stores.borrow_all(global.stores());
        let result = f(self);
        self.context.stores.return_all(own, global.stores());
        result
    }
}
