//! `StreamJoined`: serdes, names and stores of a join of two streams.

use std::collections::BTreeMap;
use std::fmt;

use streams_core::{DefaultSerde, DslStoreKind, Serde, WindowStoreSupplier};

use super::{Named, SerdeChoice};

/// How two streams are joined: serdes, name, stores.
///
/// `K` is the type of the keys, `L` and `R` are those of the left and the right stream's values.
pub struct StreamJoined<K, L, R> {
    pub(crate) key_serde: SerdeChoice<K>,
    pub(crate) left_serde: SerdeChoice<L>,
    pub(crate) right_serde: SerdeChoice<R>,
    pub(crate) named: Named,
    pub(crate) store_name: Option<String>,
    pub(crate) left_supplier: Option<WindowStoreSupplier>,
    pub(crate) right_supplier: Option<WindowStoreSupplier>,
    pub(crate) store_kind: Option<DslStoreKind>,
    /// `None`: no changelogs.
    pub(crate) logging: Option<BTreeMap<String, String>>,
}

impl<K: DefaultSerde, L: DefaultSerde, R: DefaultSerde> StreamJoined<K, L, R> {
    /// No names; the serdes of the streams, else the types' default serdes.
    pub fn new() -> Self {
        Self::of(SerdeChoice::of_type(), SerdeChoice::of_type(), SerdeChoice::of_type())
    }

    /// Names the stores (see [`StreamJoined::with_store_name`]); the serdes of the streams, else the types' default
    /// serdes.
    pub fn as_(store_name: impl Into<String>) -> Self {
        Self::new().with_store_name(store_name)
    }
}

impl<K: 'static, L: 'static, R: 'static> StreamJoined<K, L, R> {
    /// No names, and these serdes.
    pub fn with(key_serde: Serde<K>, left_serde: Serde<L>, right_serde: Serde<R>) -> Self {
        Self::of(
            SerdeChoice::explicit(key_serde),
            SerdeChoice::explicit(left_serde),
            SerdeChoice::explicit(right_serde),
        )
    }

    /// No names, and the serdes of the streams: for types without a default serde.
    pub fn inherited() -> Self {
        Self::of(SerdeChoice::inherited(), SerdeChoice::inherited(), SerdeChoice::inherited())
    }

    fn of(key_serde: SerdeChoice<K>, left_serde: SerdeChoice<L>, right_serde: SerdeChoice<R>) -> Self {
        Self {
            key_serde,
            left_serde,
            right_serde,
            named: Named::none(),
            store_name: None,
            left_supplier: None,
            right_supplier: None,
            store_kind: None,
            logging: Some(BTreeMap::new()),
        }
    }

    /// Names the operator and its repartition topics (`<name>-left-repartition`, `<name>-right-repartition`).
    #[must_use]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.named = Named::as_(name);
        self
    }

    /// Names the stores, and so their changelogs: `<name>-this-join-store`, `<name>-other-join-store` and, for left and
    /// outer joins, `<name>-left-shared-join-store` or `<name>-outer-shared-join-store`.
    ///
    /// ```
    /// use std::time::Duration;
    /// use streams_dsl::prelude::*;
    /// use streams_test::TopologyTestDriver;
    ///
    /// let builder = StreamsBuilder::new();
    /// let (left, right) = (builder.stream::<String, i64>("left"), builder.stream::<String, i64>("right"));
    /// let windows = JoinWindows::of_time_difference_with_no_grace(Duration::from_secs(60));
    /// let joined = StreamJoined::new().with_name("sums").with_store_name("sums");
    /// left.join_with(&right, |left, right| left + right, windows, joined).to("out");
    ///
    /// let driver = TopologyTestDriver::new(&builder.build()?)?;
    /// driver.create_input_topic::<String, i64>("left").pipe_input_at("a", 1, 0)?;
    /// driver.create_input_topic::<String, i64>("right").pipe_input_at("a", 2, 0)?;
    /// assert_eq!(driver.create_output_topic::<String, i64>("out").read_value()?, 3);
    /// assert_eq!(driver.state_store_names()?, ["sums-other-join-store", "sums-this-join-store"]);
    /// # Ok::<(), Error>(())
    /// ```
    #[must_use]
    pub fn with_store_name(mut self, name: impl Into<String>) -> Self {
        self.store_name = Some(name.into());
        self
    }

    /// Another serde for keys.
    #[must_use]
    pub fn with_key_serde(mut self, serde: Serde<K>) -> Self {
        self.key_serde = SerdeChoice::explicit(serde);
        self
    }

    /// Another serde for the left stream's values.
    #[must_use]
    pub fn with_value_serde(mut self, serde: Serde<L>) -> Self {
        self.left_serde = SerdeChoice::explicit(serde);
        self
    }

    /// Another serde for the right stream's values.
    #[must_use]
    pub fn with_other_value_serde(mut self, serde: Serde<R>) -> Self {
        self.right_serde = SerdeChoice::explicit(serde);
        self
    }

    /// The store of the left stream's records. It must retain duplicates, have the size of the join's windows and keep
    /// its entries for size and grace of the windows together.
    #[must_use]
    pub fn with_this_store_supplier(mut self, supplier: WindowStoreSupplier) -> Self {
        self.left_supplier = Some(supplier);
        self
    }

    /// As [`StreamJoined::with_this_store_supplier`], for the right stream's records.
    #[must_use]
    pub fn with_other_store_supplier(mut self, supplier: WindowStoreSupplier) -> Self {
        self.right_supplier = Some(supplier);
        self
    }

    /// Stores on disk or in memory, whatever `dsl.store.suppliers.class` says (KIP-954).
    #[must_use]
    pub fn with_store_type(mut self, kind: DslStoreKind) -> Self {
        self.store_kind = Some(kind);
        self
    }

    /// The stores have changelogs (the default), created with these settings on top of the library's.
    #[must_use]
    pub fn with_logging_enabled(mut self, config: BTreeMap<String, String>) -> Self {
        self.logging = Some(config);
        self
    }

    /// The stores have no changelogs: records that wait for a match are lost when the task moves.
    #[must_use]
    pub fn with_logging_disabled(mut self) -> Self {
        self.logging = None;
        self
    }
}

impl<K: DefaultSerde, L: DefaultSerde, R: DefaultSerde> Default for StreamJoined<K, L, R> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, L, R> fmt::Debug for StreamJoined<K, L, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StreamJoined")
            .field("named", &self.named)
            .field("store_name", &self.store_name)
            .finish_non_exhaustive()
    }
}
