//! `Printed`: where and how records are printed.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use super::Named;

type Mapper<K, V> = Arc<dyn Fn(&K, &V) -> String + Send + Sync>;

/// Where and how [`KStream::print`](crate::KStream::print) prints records.
pub struct Printed<K, V> {
    pub(crate) named: Named,
    pub(crate) label: Option<String>,
    pub(crate) mapper: Mapper<K, V>,
    pub(crate) out: Arc<Mutex<dyn Write + Send>>,
}

impl<K: fmt::Debug + 'static, V: fmt::Debug + 'static> Printed<K, V> {
    /// To standard output, as `[label]: key, value` in `Debug` form. The label is the stream's name.
    pub fn to_stdout() -> Self {
        Self::to_writer(io::stdout())
    }

    /// To a writer: a file, a buffer. It is flushed after each record.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// use std::io::{BufRead, BufReader, pipe};
    ///
    /// let (lines, writer) = pipe().unwrap();
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").print(Printed::to_writer(writer).with_label("words"));
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, i64>("in").pipe_input("a", 1)?;
    /// let mut line = String::new();
    /// BufReader::new(lines).read_line(&mut line).unwrap();
    /// assert_eq!(line, "[words]: \"a\", 1\n");
    /// # Ok::<(), Error>(())
    /// ```
    pub fn to_writer(out: impl Write + Send + 'static) -> Self {
        Self {
            named: Named::none(),
            label: None,
            mapper: Arc::new(|key, value| format!("{key:?}, {value:?}")),
            out: Arc::new(Mutex::new(out)),
        }
    }
}

impl<K: 'static, V: 'static> Printed<K, V> {
    /// Another label.
    #[must_use]
    pub fn with_label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// Another text behind the label.
    #[must_use]
    pub fn with_key_value_mapper(
        mut self,
        mapper: impl Fn(&K, &V) -> String + Send + Sync + 'static,
    ) -> Self {
        self.mapper = Arc::new(mapper);
        self
    }

    /// Names the operator.
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }
}

impl<K, V> fmt::Debug for Printed<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Printed")
            .field("named", &self.named)
            .field("label", &self.label)
            .finish_non_exhaustive()
    }
}
