//! `to` and `repartition`.

use streams_core::{Record, RecordContext, TopicNameExtractor};
use streams_dsl::{Produced, Repartitioned};

use super::{Builder, Done, Node, OpKey, Stream, on_stream, wrong_input};
use crate::conformance::functions::TopicFn;
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Op, Reason};
use crate::conformance::values::Val;

/// A topic function as the library takes it.
pub(super) struct NamedTopics(pub(super) TopicFn);

impl<K: CaseKey> TopicNameExtractor<K, Val> for NamedTopics {
    fn extract(&self, record: &Record<K, Val>, _: &RecordContext) -> String {
        self.0.apply(&record.key, &record.value)
    }

    fn describe(&self) -> String {
        self.0.description()
    }
}

impl Builder {
    pub(super) fn to(&mut self, op: &Op) -> Done {
        on_stream!(self, op, |stream| {
            let produced = produced(op, &stream)?;
            if let Some(text) = op.params().opt_str("topic_fn")? {
                let topics = TopicFn::parse(text)?;
                self.note_output(topics.prefix(), true, stream.keys, stream.kind);
                stream.inner.to_computed_with(NamedTopics(topics), produced);
            } else {
                let topic = op.params().str("topic")?;
                self.note_output(topic, false, stream.keys, stream.kind);
                stream.inner.to_with(topic, produced);
            }
            Ok(())
        })
    }

    pub(super) fn repartition(&mut self, op: &Op) -> Done {
        on_stream!(self, op, |stream| {
            let mut repartitioned = Repartitioned::with(stream.key_serde(), stream.value_serde());
            if let Some(name) = op.name()? {
                repartitioned = repartitioned.with_name(name);
            }
            if let Some(partitions) = op.params().opt_int("partitions")? {
                let partitions = i32::try_from(partitions).map_err(|_| "too many partitions")?;
                repartitioned = repartitioned.with_number_of_partitions(partitions);
            }
            self.put(op, stream.with(stream.inner.repartition_with(repartitioned), stream.kind))
        })
    }
}

fn produced<K: OpKey>(op: &Op, stream: &Stream<K>) -> Result<Produced<K, Val>, Reason> {
    let produced = Produced::with(stream.key_serde(), stream.value_serde());
    Ok(match op.name()? {
        Some(name) => produced.with_name(name),
        None => produced,
    })
}
