//! `Named`: a name for an operator.

use std::sync::Arc;

/// A name for an operator (KIP-307). Without one the operator is called by its kind and a number.
///
/// Names become names of nodes, and of some operators also of topics and stores; so ASCII letters and digits, `.`, `_`
/// and `-` are allowed. A wrong name is refused by `build()`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    name: Option<Arc<str>>,
}

impl Named {
    /// No name.
    pub fn none() -> Self {
        Self::default()
    }

    /// A name.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder.stream::<String, i64>("in").filter_with(|_, n| *n > 0, Named::as_("positive")).to("out");
    /// let topology = builder.build()?;
    /// assert!(topology.describe().to_string().contains("Processor: positive (stores: [])"));
    ///
    /// let driver = TopologyTestDriver::new(&topology)?;
    /// driver.create_input_topic::<String, i64>("in").pipe_input("a", 1)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_value()?, 1);
    /// # Ok::<(), Error>(())
    /// ```
    pub fn as_(name: impl Into<String>) -> Self {
        Self { name: Some(name.into().into()) }
    }

    /// The name, if there is one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
}
