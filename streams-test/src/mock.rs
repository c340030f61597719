//! A context for tests of a single processor.

use std::ops::{Deref, DerefMut};

use streams_core::{CapturingContext, Error, Result, StateOptions, TaskState};
use tempfile::TempDir;

/// The context of a processor that is tested by itself: it keeps what the processor forwards and schedules, and its times
/// stand still unless the test moves them.
///
/// All that it can do is on [`CapturingContext`], to which it dereferences; this type adds a temporary state directory.
///
/// ```
/// use std::time::Duration;
///
/// use streams_core::{BoxError, Processor, ProcessorContext, PunctuationId, PunctuationType, Record};
/// use streams_test::MockProcessorContext;
///
/// /// Forwards the sum of all values every second.
/// #[derive(Default)]
/// struct Sum(i64);
///
/// impl Processor<String, i64, String, i64> for Sum {
///     fn init(&mut self, ctx: &mut ProcessorContext<'_, String, i64>) -> Result<(), BoxError> {
///         ctx.schedule(Duration::from_secs(1), PunctuationType::WallClockTime)?;
///         Ok(())
///     }
///
///     fn process(
///         &mut self,
///         record: Record<String, i64>,
///         _: &mut ProcessorContext<'_, String, i64>,
///     ) -> Result<(), BoxError> {
///         self.0 += record.value;
///         Ok(())
///     }
///
///     fn punctuate(
///         &mut self,
///         _: PunctuationId,
///         timestamp: i64,
///         ctx: &mut ProcessorContext<'_, String, i64>,
///     ) -> Result<(), BoxError> {
///         Ok(ctx.forward(Record::new("sum".into(), self.0, timestamp))?)
///     }
/// }
///
/// let mut mock = MockProcessorContext::new()?;
/// let mut sum = Sum::default();
/// sum.init(&mut mock.context())?;
/// sum.process(Record::new("a".into(), 3, 0), &mut mock.context())?;
/// sum.process(Record::new("b".into(), 4, 5), &mut mock.context())?;
/// assert!(mock.forwarded().is_empty());
///
/// let punctuation = mock.scheduled_punctuations()[0];
/// assert_eq!(punctuation.interval_ms, 1_000);
/// sum.punctuate(punctuation.id, 1_000, &mut mock.context())?;
/// assert_eq!(mock.forwarded()[0].record, Record::new("sum".into(), 7, 1_000));
/// # Ok::<(), streams_core::BoxError>(())
/// ```
#[derive(Debug)]
pub struct MockProcessorContext<K, V> {
    context: CapturingContext<K, V>,
    _directory: TempDir,
}

impl<K, V> MockProcessorContext<K, V>
where
    K: Clone + Send + 'static,
    V: Clone + Send + 'static,
{
    /// A context of task 0_0, with both times at their start and no stores.
    ///
    /// # Errors
    /// The temporary state directory cannot be made.
    pub fn new() -> Result<Self> {
        let directory = tempfile::Builder::new()
            .prefix("streams-test-")
            .tempdir()
            .map_err(|error| Error::state("cannot make a temporary state directory").with_source(error))?;
        let options = StateOptions { open_lazily: true, ..StateOptions::default() };
        let state = TaskState::new(directory.path().join("0_0"), options);
        Ok(Self { context: CapturingContext::new(state), _directory: directory })
    }
}

impl<K, V> Deref for MockProcessorContext<K, V> {
    type Target = CapturingContext<K, V>;

    fn deref(&self) -> &Self::Target {
        &self.context
    }
}

impl<K, V> DerefMut for MockProcessorContext<K, V> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.context
    }
}
