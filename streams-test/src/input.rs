//! Input topics: how a test feeds the topology.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use streams_core::{BoxError, Error, Headers, IsNull, Result, Serde};

use crate::driver::borrow;
use crate::engine::{Engine, Incoming};
use crate::produced::Place;
use crate::record::TestRecord;

/// Pipes typed records into a topic. Each call returns when the topology has nothing left to do.
///
/// The topic has a time of its own, which records without a timestamp get; it starts at the driver's wall clock and
/// advances with each of them, by nothing unless told otherwise.
pub struct TestInputTopic<K, V> {
    engine: Rc<RefCell<Engine>>,
    topic: String,
    number: Cell<Option<usize>>,
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    time: i64,
    advance: i64,
    partition: Option<i32>,
    /// The key and the value of the record at hand.
    bytes: Vec<u8>,
}

impl<K: 'static, V: 'static> TestInputTopic<K, V> {
    pub(crate) fn new(
        engine: Rc<RefCell<Engine>>,
        topic: &str,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
        time: i64,
    ) -> Self {
        Self {
            engine,
            topic: topic.to_owned(),
            number: Cell::new(None),
            key_serde,
            value_serde,
            time,
            advance: 0,
            partition: None,
            bytes: Vec::new(),
        }
    }

    /// Sets the topic's time, in milliseconds since the epoch.
    #[must_use]
    pub fn with_start(mut self, time: i64) -> Self {
        self.time = time;
        self
    }

    /// Makes the topic's time advance with each record that gets it.
    #[must_use]
    pub fn with_auto_advance(mut self, advance: Duration) -> Self {
        self.advance = millis(advance);
        self
    }

    /// Pipes all records into one partition, instead of the one that the default partitioner chooses.
    #[must_use]
    pub fn with_partition(mut self, partition: i32) -> Self {
        self.partition = Some(partition);
        self
    }

    /// The topic's name.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// Moves the topic's time forward.
    pub fn advance_time(&mut self, by: Duration) {
        self.time = self.time.saturating_add(millis(by));
    }

    /// Pipes a key and a value at the topic's time.
    ///
    /// # Errors
    /// The topology does not read the topic, the record cannot be written, or whatever the topology returned.
    pub fn pipe_input(&mut self, key: impl Into<K>, value: impl Into<V>) -> Result<()> {
        let time = self.tick();
        self.pipe(Some(&key.into()), &value.into(), time, Headers::new())
    }

    /// Pipes a key and a value at a time (milliseconds since the epoch), leaving the topic's own as it is.
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_input`].
    pub fn pipe_input_at(&mut self, key: impl Into<K>, value: impl Into<V>, timestamp: i64) -> Result<()> {
        self.pipe(Some(&key.into()), &value.into(), timestamp, Headers::new())
    }

    /// As [`TestInputTopic::pipe_input_at`], of a key and a value that stay the caller's: for tests that pipe the same
    /// again, or much.
    ///
    /// ```
    /// use streams_core::{Sink, Source, Topology};
    /// use streams_test::TopologyTestDriver;
    ///
    /// let mut topology = Topology::new();
    /// topology.add_source(Source::<String, String>::new("in", ["in"]))?;
    /// topology.add_sink(Sink::<String, String>::to("out", "out"), ["in"])?;
    /// let driver = TopologyTestDriver::new(&topology)?;
    /// let mut input = driver.create_input_topic("in");
    /// let (key, value) = ("key".to_owned(), "value".to_owned());
    /// for time in 0..3 {
    ///     input.pipe_ref_at(&key, &value, time)?;
    /// }
    /// assert_eq!(driver.create_output_topic::<String, String>("out").queue_size()?, 3);
    /// # Ok::<(), streams_core::Error>(())
    /// ```
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_input`].
    pub fn pipe_ref_at(&mut self, key: &K, value: &V, timestamp: i64) -> Result<()> {
        self.pipe(Some(key), value, timestamp, Headers::new())
    }

    /// Pipes a value with a null key at the topic's time.
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_input`].
    pub fn pipe_value(&mut self, value: impl Into<V>) -> Result<()> {
        let time = self.tick();
        self.pipe(None, &value.into(), time, Headers::new())
    }

    /// Pipes a value with a null key at a time (milliseconds since the epoch), leaving the topic's own as it is.
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_input`].
    pub fn pipe_value_at(&mut self, value: impl Into<V>, timestamp: i64) -> Result<()> {
        self.pipe(None, &value.into(), timestamp, Headers::new())
    }

    /// Pipes a record: at its timestamp, or at the topic's time if it has none.
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_input`].
    pub fn pipe_record(&mut self, record: TestRecord<K, V>) -> Result<()> {
        let time = record.timestamp.unwrap_or_else(|| self.tick());
        self.pipe(Some(&record.key), &record.value, time, record.headers)
    }

    /// Pipes records, in order, as [`TestInputTopic::pipe_record`] does.
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_input`]; the records behind the failed one are not piped.
    pub fn pipe_record_list(&mut self, records: impl IntoIterator<Item = TestRecord<K, V>>) -> Result<()> {
        records.into_iter().try_for_each(|record| self.pipe_record(record))
    }

    /// Pipes keys and values, in order, at the topic's time.
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_record_list`].
    pub fn pipe_key_value_list<K2: Into<K>, V2: Into<V>>(
        &mut self,
        pairs: impl IntoIterator<Item = (K2, V2)>,
    ) -> Result<()> {
        pairs.into_iter().try_for_each(|(key, value)| self.pipe_input(key, value))
    }

    /// Pipes keys and values, in order, at `start` (milliseconds since the epoch) and then each `advance` later. The
    /// topic's own time stays as it is.
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_record_list`].
    pub fn pipe_key_value_list_from<K2: Into<K>, V2: Into<V>>(
        &mut self,
        pairs: impl IntoIterator<Item = (K2, V2)>,
        start: i64,
        advance: Duration,
    ) -> Result<()> {
        times(start, advance)
            .zip(pairs)
            .try_for_each(|(time, (key, value))| self.pipe_input_at(key, value, time))
    }

    /// Pipes values with null keys, in order, at the topic's time.
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_record_list`].
    pub fn pipe_value_list<V2: Into<V>>(&mut self, values: impl IntoIterator<Item = V2>) -> Result<()> {
        values.into_iter().try_for_each(|value| self.pipe_value(value))
    }

    /// As [`TestInputTopic::pipe_key_value_list_from`], with null keys.
    ///
    /// # Errors
    /// As [`TestInputTopic::pipe_record_list`].
    pub fn pipe_value_list_from<V2: Into<V>>(
        &mut self,
        values: impl IntoIterator<Item = V2>,
        start: i64,
        advance: Duration,
    ) -> Result<()> {
        times(start, advance).zip(values).try_for_each(|(time, value)| self.pipe_value_at(value, time))
    }

    /// The topic's time, which then advances.
    fn tick(&mut self) -> i64 {
        let time = self.time;
        self.time = time.saturating_add(self.advance);
        time
    }

    fn pipe(&mut self, key: Option<&K>, value: &V, timestamp: i64, mut headers: Headers) -> Result<()> {
        if timestamp < 0 {
            return Err(Error::argument(format!("a record cannot have the negative time {timestamp}")));
        }
        self.bytes.clear();
        let null_key = match key {
            Some(key) => write(&self.key_serde, &self.topic, &mut headers, key, &mut self.bytes)?,
            None => IsNull::Yes,
        };
        let key_len = self.bytes.len();
        let null_value = write(&self.value_serde, &self.topic, &mut headers, value, &mut self.bytes)?;
        let value_len = self.bytes.len() - key_len;
        let some = |is_null: IsNull, len: usize| (is_null == IsNull::No).then_some(len);
        let place = Place::new(0, some(null_key, key_len), some(null_value, value_len));
        let mut engine = borrow(&self.engine)?;
        let topic = match self.number.get() {
            Some(number) => number,
            None => {
                let number = engine.topic(&self.topic)?;
                self.number.set(Some(number));
                number
            }
        };
        let partition = self.partition.unwrap_or_else(|| engine.partition_of(topic, &self.bytes, &place));
        engine.pipe(Incoming { topic, partition, bytes: &self.bytes, place, timestamp, headers })
    }
}

#[inline]
fn write<T: 'static>(
    serde: &Serde<T>,
    topic: &str,
    headers: &mut Headers,
    value: &T,
    out: &mut Vec<u8>,
) -> Result<IsNull> {
    serde
        .serializer()
        .serialize_with_headers(topic, headers, value, out)
        .map_err(|error| unwritable(topic, error))
}

#[cold]
fn unwritable(topic: &str, error: BoxError) -> Error {
    Error::data(error.to_string())
        .with_source(error)
        .context(format!("cannot write a record for topic `{topic}`"))
}

fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn times(start: i64, advance: Duration) -> impl Iterator<Item = i64> {
    let advance = millis(advance);
    std::iter::successors(Some(start), move |time| Some(time.saturating_add(advance)))
}

impl<K, V> fmt::Debug for TestInputTopic<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestInputTopic")
            .field("topic", &self.topic)
            .field("key_serde", &self.key_serde)
            .field("value_serde", &self.value_serde)
            .finish_non_exhaustive()
    }
}
