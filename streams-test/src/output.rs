//! Output topics: how a test reads what the topology wrote.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;

use streams_core::{Error, Result, Serde};

use crate::driver::borrow;
use crate::engine::Engine;
use crate::record::TestRecord;
use crate::topic::View;

/// Reads typed records from a topic, in the order in which the topology wrote them. Any topic will do, repartition
/// topics and changelogs included.
///
/// All output topics of one name share one place: a record is read once.
pub struct TestOutputTopic<K, V> {
    engine: Rc<RefCell<Engine>>,
    topic: String,
    number: Option<usize>,
    key_serde: Serde<K>,
    value_serde: Serde<V>,
}

impl<K: 'static, V: 'static> TestOutputTopic<K, V> {
    pub(crate) fn new(
        engine: Rc<RefCell<Engine>>,
        topic: &str,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
    ) -> Self {
        Self { engine, topic: topic.to_owned(), number: None, key_serde, value_serde }
    }

    /// The topic's name.
    pub fn topic(&self) -> &str {
        &self.topic
    }

    /// The next record.
    ///
    /// # Errors
    /// There is none left, or it cannot be read.
    pub fn read_record(&mut self) -> Result<TestRecord<K, V>> {
        self.next()?.ok_or_else(|| Error::argument(format!("topic `{}` has no unread record", self.topic)))
    }

    /// Key and value of the next record.
    ///
    /// # Errors
    /// As [`TestOutputTopic::read_record`].
    pub fn read_key_value(&mut self) -> Result<(K, V)> {
        self.read_record().map(|record| (record.key, record.value))
    }

    /// The value of the next record.
    ///
    /// # Errors
    /// As [`TestOutputTopic::read_record`].
    pub fn read_value(&mut self) -> Result<V> {
        self.read_record().map(|record| record.value)
    }

    /// All unread records.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn read_records_to_list(&mut self) -> Result<Vec<TestRecord<K, V>>> {
        std::iter::from_fn(|| self.next().transpose()).collect()
    }

    /// Keys and values of all unread records.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn read_key_values_to_list(&mut self) -> Result<Vec<(K, V)>> {
        Ok(self.read_records_to_list()?.into_iter().map(|record| (record.key, record.value)).collect())
    }

    /// The values of all unread records.
    ///
    /// # Errors
    /// One of them cannot be read.
    pub fn read_values_to_list(&mut self) -> Result<Vec<V>> {
        Ok(self.read_records_to_list()?.into_iter().map(|record| record.value).collect())
    }

    /// The last value of each key among all unread records: what a table that reads the topic would hold.
    ///
    /// # Errors
    /// One of them cannot be read, or has a null key.
    pub fn read_key_values_to_map(&mut self) -> Result<BTreeMap<K, V>>
    where
        K: Ord,
    {
        let mut map = BTreeMap::new();
        for (key, value) in self.read_key_values_to_list()? {
            if self.key_serde.is_null(&key) {
                return Err(Error::argument(format!("a record of topic `{}` has a null key", self.topic)));
            }
            map.insert(key, value);
        }
        Ok(map)
    }

    /// The number of unread records.
    ///
    /// # Errors
    /// The driver is in use elsewhere: a store of it is borrowed.
    pub fn queue_size(&self) -> Result<usize> {
        let engine = borrow(&self.engine)?;
        Ok(engine.topics.find(&self.topic).map_or(0, |number| engine.topics.at(number).unread()))
    }

    /// Whether there is no unread record.
    ///
    /// # Errors
    /// As [`TestOutputTopic::queue_size`].
    pub fn is_empty(&self) -> Result<bool> {
        self.queue_size().map(|size| size == 0)
    }

    fn next(&mut self) -> Result<Option<TestRecord<K, V>>> {
        let mut engine = borrow(&self.engine)?;
        self.number = self.number.or_else(|| engine.topics.find(&self.topic));
        let Some(number) = self.number else { return Ok(None) };
        let topic = engine.topics.at_mut(number);
        let Some(view) = topic.peek() else { return Ok(None) };
        let record = self.read(&view);
        topic.advance();
        record.map(Some)
    }

    fn read(&self, view: &View<'_>) -> Result<TestRecord<K, V>> {
        let unreadable = |error: streams_core::BoxError| {
            let place = format!("cannot read a record of topic `{}`", self.topic);
            Error::data(error.to_string()).with_source(error).context(place)
        };
        let key = self.key_serde.deserializer();
        let key = key.deserialize_with_headers(&self.topic, view.headers, view.key).map_err(unreadable)?;
        let value = self.value_serde.deserializer();
        let value =
            value.deserialize_with_headers(&self.topic, view.headers, view.value).map_err(unreadable)?;
        Ok(TestRecord { key, value, timestamp: view.timestamp, headers: view.headers.clone() })
    }
}

impl<K, V> fmt::Debug for TestOutputTopic<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestOutputTopic")
            .field("topic", &self.topic)
            .field("key_serde", &self.key_serde)
            .field("value_serde", &self.value_serde)
            .finish_non_exhaustive()
    }
}
