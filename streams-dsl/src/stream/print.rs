//! `print`: records as text.

use std::sync::PoisonError;

use super::KStream;
use crate::graph::Changes;
use crate::{Data, Printed, prefixes};

impl<K: Data, V: Data> KStream<K, V> {
    /// Prints each record, where it ends.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let numbers = builder.stream::<String, i64>("in");
    /// numbers.print(Printed::to_stdout().with_label("numbers"));
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input("a", 1)?; // prints [numbers]: "a", 1
    /// # Ok::<(), Error>(())
    /// ```
    pub fn print(&self, printed: Printed<K, V>) {
        let Printed { named, label, mapper, out } = printed;
        let name = self.graph.name(&named, prefixes::PRINT);
        let label = label.unwrap_or_else(|| self.name.to_string());
        let _end: KStream<(), ()> = self.stateless(name, Changes::Nothing, move |record, _| {
            let text = mapper(&record.key, &record.value);
            let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
            writeln!(out, "[{label}]: {text}")?;
            Ok(out.flush()?)
        });
    }
}
