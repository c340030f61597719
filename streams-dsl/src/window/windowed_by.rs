//! `windowed_by`: a grouped stream by windows.

use std::fmt;
use std::sync::Arc;

use super::{
    EmitStrategy, SessionWindowedKStream, SessionWindows, SlidingWindows, TimeKind, TimeWindowedKStream,
    Windows,
};
use crate::cogroup::{CogroupedKStream, SessionWindowedCogroupedKStream, TimeWindowedCogroupedKStream};
use crate::{Data, KGroupedStream};

/// What a stream can be windowed by: [`Windows`] (tumbling, hopping, unlimited, your own), [`SlidingWindows`], or
/// [`SessionWindows`].
pub trait WindowDefinition {
    /// The grouped stream by such windows.
    type Grouped<K, V>;
    /// The cogrouped stream by such windows.
    type Cogrouped<K, VA>;

    /// Applies the windows to a grouped stream.
    fn window<K: Data, V: Data>(self, stream: &KGroupedStream<K, V>) -> Self::Grouped<K, V>;

    /// Applies the windows to a cogrouped stream.
    fn window_cogrouped<K: Data, VA: Data>(self, stream: &CogroupedKStream<K, VA>) -> Self::Cogrouped<K, VA>;
}

impl<W: Windows> WindowDefinition for W {
    type Grouped<K, V> = TimeWindowedKStream<K, V>;
    type Cogrouped<K, VA> = TimeWindowedCogroupedKStream<K, VA>;

    fn window<K: Data, V: Data>(self, stream: &KGroupedStream<K, V>) -> TimeWindowedKStream<K, V> {
        TimeWindowedKStream::new(stream, TimeKind::Aligned(Arc::new(self)))
    }

    fn window_cogrouped<K: Data, VA: Data>(
        self,
        stream: &CogroupedKStream<K, VA>,
    ) -> TimeWindowedCogroupedKStream<K, VA> {
        TimeWindowedCogroupedKStream::new(stream, TimeKind::Aligned(Arc::new(self)))
    }
}

impl WindowDefinition for SlidingWindows {
    type Grouped<K, V> = TimeWindowedKStream<K, V>;
    type Cogrouped<K, VA> = TimeWindowedCogroupedKStream<K, VA>;

    fn window<K: Data, V: Data>(self, stream: &KGroupedStream<K, V>) -> TimeWindowedKStream<K, V> {
        TimeWindowedKStream::new(stream, TimeKind::Sliding(self))
    }

    fn window_cogrouped<K: Data, VA: Data>(
        self,
        stream: &CogroupedKStream<K, VA>,
    ) -> TimeWindowedCogroupedKStream<K, VA> {
        TimeWindowedCogroupedKStream::new(stream, TimeKind::Sliding(self))
    }
}

impl WindowDefinition for SessionWindows {
    type Grouped<K, V> = SessionWindowedKStream<K, V>;
    type Cogrouped<K, VA> = SessionWindowedCogroupedKStream<K, VA>;

    fn window<K: Data, V: Data>(self, stream: &KGroupedStream<K, V>) -> SessionWindowedKStream<K, V> {
        SessionWindowedKStream::new(stream, self)
    }

    fn window_cogrouped<K: Data, VA: Data>(
        self,
        stream: &CogroupedKStream<K, VA>,
    ) -> SessionWindowedCogroupedKStream<K, VA> {
        SessionWindowedCogroupedKStream::new(stream, self)
    }
}

impl<K: Data, V: Data> KGroupedStream<K, V> {
    /// The records of each key by windows, to be aggregated.
    ///
    /// Aggregations by windows also see null values, except over sliding windows; null keys are dropped.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let windows = TimeWindows::of_size_with_no_grace(Duration::from_secs(60));
    /// let per_minute = builder.stream::<String, String>("in").group_by_key().windowed_by(windows).count();
    /// per_minute
    ///     .to_stream_of_values()
    ///     .map(|key, count| (key.key, format!("{} in the window from {}", count, key.window.start)))
    ///     .to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, String>("in");
    /// let mut output = driver.create_output_topic::<String, String>("out");
    /// input.pipe_input_at("a", "x", 1_000)?;
    /// input.pipe_input_at("a", "y", 59_999)?;
    /// input.pipe_input_at("a", "z", 60_000)?;
    /// let expected = ["1 in the window from 0", "2 in the window from 0", "1 in the window from 60000"];
    /// assert_eq!(output.read_values_to_list()?, expected);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn windowed_by<W: WindowDefinition>(&self, windows: W) -> W::Grouped<K, V> {
        windows.window(self)
    }
}

impl fmt::Debug for TimeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Aligned(windows) => write!(f, "windows of {} ms", windows.size_ms()),
            Self::Sliding(windows) => windows.fmt(f),
        }
    }
}

/// The strategy, which `build()` refuses where a window never closes.
pub(super) fn check_emit(kind: &TimeKind, emit: EmitStrategy) -> streams_core::Result<()> {
    if emit == EmitStrategy::OnWindowClose && kind.size_ms() == i64::MAX {
        return Err(streams_core::Error::argument(
            "unlimited windows never close: `EmitStrategy::OnWindowClose` would give no result",
        ));
    }
    Ok(())
}
