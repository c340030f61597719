//! What a user says about a sink node.

use std::fmt;
use std::sync::Arc;

use super::node_spec::{NodeKind, NodeSpec, RecordType, SinkTarget};
use crate::partitioner::{StreamPartitioner, TopicNameExtractor};
use crate::processor::{SinkNode, SinkTopic};
use crate::serde::{DefaultSerde, Serde};

enum Target<K, V> {
    Topic(Arc<str>),
    Computed(Arc<dyn TopicNameExtractor<K, V>>),
}

/// A sink node: the topic it writes to, and how its records are written.
///
/// ```
/// use streams_core::{Partitions, Sink};
///
/// let sink = Sink::<String, i64>::to("totals", "totals-by-user")
///     .with_partitioner(|_: &str, _: &String, total: &i64, n: i32| Partitions::One((*total % i64::from(n)) as i32));
/// ```
pub struct Sink<K, V> {
    name: Arc<str>,
    target: Target<K, V>,
    key_serde: Serde<K>,
    value_serde: Serde<V>,
    partitioner: Option<Arc<dyn StreamPartitioner<K, V>>>,
}

impl<K: DefaultSerde, V: DefaultSerde> Sink<K, V> {
    /// A sink called `name` that writes to `topic` with the types' default serdes.
    pub fn to(name: impl Into<Arc<str>>, topic: impl Into<Arc<str>>) -> Self {
        Self::to_with_serdes(name, topic, K::default_serde(), V::default_serde())
    }

    /// A sink called `name` that writes each record to the topic that `extractor` finds for it (KIP-303). The topics
    /// must exist.
    pub fn to_computed(name: impl Into<Arc<str>>, extractor: impl TopicNameExtractor<K, V>) -> Self {
        Self::to_computed_with_serdes(name, Arc::new(extractor), K::default_serde(), V::default_serde())
    }
}

impl<K, V> Sink<K, V> {
    /// A sink called `name` that writes to `topic` with these serdes.
    pub fn to_with_serdes(
        name: impl Into<Arc<str>>,
        topic: impl Into<Arc<str>>,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
    ) -> Self {
        let target = Target::Topic(topic.into());
        Self { name: name.into(), target, key_serde, value_serde, partitioner: None }
    }

    /// A sink called `name` that writes to computed topics with these serdes.
    pub fn to_computed_with_serdes(
        name: impl Into<Arc<str>>,
        extractor: Arc<dyn TopicNameExtractor<K, V>>,
        key_serde: Serde<K>,
        value_serde: Serde<V>,
    ) -> Self {
        let target = Target::Computed(extractor);
        Self { name: name.into(), target, key_serde, value_serde, partitioner: None }
    }

    /// The same sink with another serde for keys.
    #[must_use]
    pub fn with_key_serde(mut self, serde: Serde<K>) -> Self {
        self.key_serde = serde;
        self
    }

    /// The same sink with another serde for values.
    #[must_use]
    pub fn with_value_serde(mut self, serde: Serde<V>) -> Self {
        self.value_serde = serde;
        self
    }

    /// The same sink with a partitioner, instead of the default one (murmur2 of the key).
    #[must_use]
    pub fn with_partitioner(self, partitioner: impl StreamPartitioner<K, V>) -> Self {
        self.with_shared_partitioner(Arc::new(partitioner))
    }

    /// As [`Sink::with_partitioner`], for a partitioner that others hold too.
    #[must_use]
    pub fn with_shared_partitioner(mut self, partitioner: Arc<dyn StreamPartitioner<K, V>>) -> Self {
        self.partitioner = Some(partitioner);
        self
    }
}

impl<K: Send + 'static, V: Send + 'static> Sink<K, V> {
    pub(super) fn into_spec(self, parents: Vec<Arc<str>>) -> NodeSpec {
        let Self { name, target, key_serde, value_serde, partitioner } = self;
        let (described, extractor) = match target {
            Target::Topic(topic) => (SinkTarget::Topic(topic), None),
            Target::Computed(extractor) => (SinkTarget::Computed(extractor.describe()), Some(extractor)),
        };
        NodeSpec {
            name,
            parents,
            input: Some(RecordType::of::<K, V>()),
            output: None,
            kind: NodeKind::Sink(described),
            make: Arc::new(move |topic| {
                let (key_serde, value_serde, partitioner, extractor) =
                    (key_serde.clone(), value_serde.clone(), partitioner.clone(), extractor.clone());
                Arc::new(move || {
                    let target = match &extractor {
                        Some(extractor) => SinkTopic::Computed(Arc::clone(extractor)),
                        None => SinkTopic::Fixed(Arc::clone(&topic)),
                    };
                    let (key_serde, value_serde) = (key_serde.clone(), value_serde.clone());
                    Box::new(SinkNode::new(target, key_serde, value_serde, partitioner.clone()))
                })
            }),
        }
    }
}

impl<K, V> fmt::Debug for Sink<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sink").field("name", &self.name).finish_non_exhaustive()
    }
}
