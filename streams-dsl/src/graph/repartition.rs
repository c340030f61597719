//! Repartition topics as the graph knows them.

use std::sync::Arc;

use streams_core::{
    FailOnInvalidTimestamp, GeneratedName, Processor, ProcessorContext, Record, RepartitionOptions, Serde,
    Sink, Source, StreamPartitioner,
};

use super::node::Write;
use super::{Changes, GeneratedNames, GraphHandle, NewNode, Role};
use crate::Data;
use crate::prefixes;

const SUFFIX: &str = "-repartition";

/// The names of a repartition topic and of the three nodes around it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RepartitionNames {
    /// Without the application's id.
    pub(crate) topic: Arc<str>,
    pub(crate) filter: Arc<str>,
    pub(crate) sink: Arc<str>,
    pub(crate) source: Arc<str>,
}

impl RepartitionNames {
    /// The names of the topic `prefix` + `-repartition`. Three numbers are used up in any case (feature D96); the nodes
    /// are named after the topic unless its name was made up for a stream's operator.
    pub(crate) fn new(prefix: &str, names: &mut GeneratedNames) -> Self {
        let topic = if prefix.ends_with(SUFFIX) { prefix.into() } else { format!("{prefix}{SUFFIX}").into() };
        let sink = names.next(prefixes::SINK);
        let filter = names.next(prefixes::FILTER);
        let source = names.next(prefixes::SOURCE);
        if is_generated(prefix) {
            return Self { topic, filter, sink, source };
        }
        let suffixed = |suffix: &str| format!("{topic}{suffix}").into();
        Self { filter: suffixed("-filter"), sink: suffixed("-sink"), source: suffixed("-source"), topic }
    }
}

/// Whether a name looks like one that was made up for a stream's operator: `KSTREAM`, anything, a dash, ten digits.
fn is_generated(name: &str) -> bool {
    let Some((rest, number)) = name.rsplit_once('-') else { return false };
    rest.starts_with("KSTREAM") && number.len() == 10 && number.bytes().all(|byte| byte.is_ascii_digit())
}

/// What the passes need to know of a repartition topic.
#[derive(Clone)]
pub(crate) struct Repartition {
    pub(crate) names: RepartitionNames,
    /// Whether it may be merged with others (feature D118): not when the user asked for it with `repartition`.
    pub(crate) mergeable: bool,
    /// Writes the same repartitioning under other names: what merging needs.
    pub(super) write_as: Arc<dyn Fn(RepartitionNames) -> Write>,
}

/// How records are written to a repartition topic and read from it.
pub(crate) struct RepartitionSpec<K, V> {
    pub(crate) key_serde: Serde<K>,
    pub(crate) value_serde: Serde<V>,
    pub(crate) partitioner: Option<Arc<dyn StreamPartitioner<K, V>>>,
    pub(crate) options: RepartitionOptions,
    pub(crate) mergeable: bool,
    /// Whether the topic's name was made up (KIP-1111).
    pub(crate) generated_name: bool,
}

impl<K, V> Clone for RepartitionSpec<K, V> {
    fn clone(&self) -> Self {
        Self {
            key_serde: self.key_serde.clone(),
            value_serde: self.value_serde.clone(),
            partitioner: self.partitioner.clone(),
            ..*self
        }
    }
}

impl GraphHandle {
    /// The names of a repartition topic: see [`RepartitionNames::new`].
    pub(crate) fn repartition_names(&self, prefix: &str) -> RepartitionNames {
        RepartitionNames::new(prefix, &mut self.graph().names)
    }
}

/// The logical node of a repartition topic: null-key filter, sink, source.
pub(crate) fn repartition_node<K: Data, V: Data>(
    names: RepartitionNames,
    spec: RepartitionSpec<K, V>,
) -> NewNode {
    let mergeable = spec.mergeable;
    let write_as = Arc::new(move |names: RepartitionNames| write(names, spec.clone()));
    NewNode {
        name: Arc::clone(&names.source),
        write: write_as(names.clone()),
        role: Role::Repartition(Repartition { names, mergeable, write_as }),
        changes: Changes::Nothing,
        output_versioned: None,
        relaxes_null_keys: false,
        closes_after_ms: None,
    }
}

fn write<K: Data, V: Data>(names: RepartitionNames, spec: RepartitionSpec<K, V>) -> Write {
    Arc::new(move |to, at| {
        let RepartitionNames { topic, filter, sink, source } = names.clone();
        let spec = spec.clone();
        to.topology.add_repartition_topic(Arc::clone(&topic), spec.options)?;
        if spec.generated_name {
            to.topology.note_generated_name(GeneratedName::Repartition, &*topic);
        }
        let (key_serde, null_keys) = (spec.key_serde.clone(), at.null_keys_pass);
        let make = move || NullKeyFilter { key_serde: key_serde.clone(), null_keys };
        let added = to.topology.add_processor::<K, V, K, V>(Arc::clone(&filter), make, at.parents.clone());
        added.map(|_| ()).map_err(|error| {
            error.context(format!(
                "the repartition topic `{topic}` (`Grouped`, `Joined` or `Repartitioned` can give it another name)"
            ))
        })?;
        let mut out =
            Sink::to_with_serdes(sink, Arc::clone(&topic), spec.key_serde.clone(), spec.value_serde.clone());
        if let Some(partitioner) = spec.partitioner {
            out = out.with_shared_partitioner(partitioner);
        }
        to.topology.add_sink(out, [filter])?;
        let back = Source::with_serdes(Arc::clone(&source), [topic], spec.key_serde, spec.value_serde)
            .with_timestamp_extractor(FailOnInvalidTimestamp);
        to.add_source(&source, back)
    })
}

/// Drops null keys on their way to a repartition topic, unless a left or outer join below wants them (KIP-962).
struct NullKeyFilter<K> {
    key_serde: Serde<K>,
    null_keys: bool,
}

impl<K: Data, V: Data> Processor<K, V, K, V> for NullKeyFilter<K> {
    fn process(
        &mut self,
        record: Record<K, V>,
        ctx: &mut ProcessorContext<'_, K, V>,
    ) -> Result<(), streams_core::BoxError> {
        if self.null_keys || !self.key_serde.is_null(&record.key) {
            ctx.forward(record)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_keep_generated_names_only_below_a_generated_topic_name() {
        let mut names = GeneratedNames::default();
        let generated = RepartitionNames::new("KSTREAM-AGGREGATE-STATE-STORE-0000000003", &mut names);
        assert_eq!(&*generated.topic, "KSTREAM-AGGREGATE-STATE-STORE-0000000003-repartition");
        assert_eq!(&*generated.sink, "KSTREAM-SINK-0000000000");
        assert_eq!(&*generated.filter, "KSTREAM-FILTER-0000000001");
        assert_eq!(&*generated.source, "KSTREAM-SOURCE-0000000002");
        let given = RepartitionNames::new("by-user", &mut names);
        assert_eq!(&*given.filter, "by-user-repartition-filter");
        let cogroup = RepartitionNames::new("COGROUPKSTREAM-AGGREGATE-STATE-STORE-0000000004", &mut names);
        assert!(cogroup.source.ends_with("-repartition-source"));
        assert_eq!(&*names.next("X-"), "X-0000000009");
    }
}
