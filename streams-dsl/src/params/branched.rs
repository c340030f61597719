//! `Branched`: name of a branch and what is done with it.

use std::fmt;

use super::Named;
use crate::KStream;

type Then<K, V> = Box<dyn FnOnce(KStream<K, V>) -> Option<KStream<K, V>>>;

/// The name of a branch of a split stream, and what becomes of the branch (KIP-418).
pub struct Branched<K, V> {
    pub(crate) named: Named,
    pub(crate) then: Option<Then<K, V>>,
}

impl<K, V> Branched<K, V> {
    /// No name: the branch is called by its position.
    pub fn new() -> Self {
        Self { named: Named::none(), then: None }
    }

    /// A name, which is put behind that of the split.
    pub fn as_(name: impl Into<String>) -> Self {
        Self { named: Named::as_(name), then: None }
    }

    /// The map that ends the split holds the stream that `f` makes of the branch.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let branches = builder
    ///     .stream::<String, i64>("in")
    ///     .split_with(Named::as_("size-"))
    ///     .branch_with(|_, n| *n > 100, Branched::as_("big").with_function(|big| big.map_values(|_| 100)))
    ///     .default_branch_with(Branched::as_("small"));
    /// branches["size-big"].merge(&branches["size-small"]).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// input.pipe_input("a", 1000)?;
    /// input.pipe_input("a", 1)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_values_to_list()?, [100, 1]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_function(mut self, f: impl FnOnce(KStream<K, V>) -> KStream<K, V> + 'static) -> Self {
        self.then = Some(Box::new(move |stream| Some(f(stream))));
        self
    }

    /// The branch is given to `f` and is not in the map that ends the split.
    ///
    /// ```
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// builder
    ///     .stream::<String, i64>("in")
    ///     .split()
    ///     .branch_with(|_, n| *n > 100, Branched::new().with_consumer(|big| big.to("big")))
    ///     .default_branch_with(Branched::new().with_consumer(|small| small.to("small")));
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// let mut input = driver.create_input_topic::<String, i64>("in");
    /// let mut big = driver.create_output_topic::<String, i64>("big");
    /// let mut small = driver.create_output_topic::<String, i64>("small");
    /// input.pipe_input("a", 1)?;
    /// input.pipe_input("a", 1000)?;
    /// assert_eq!((big.read_value()?, small.read_value()?), (1000, 1));
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_consumer(mut self, f: impl FnOnce(KStream<K, V>) + 'static) -> Self {
        self.then = Some(Box::new(move |stream| {
            f(stream);
            None
        }));
        self
    }
}

impl<K, V> Default for Branched<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> fmt::Debug for Branched<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Branched").field("named", &self.named).finish_non_exhaustive()
    }
}
