//! Operators of the Processor API: nodes that are added to a topology by name.

use streams_core::{Sink, Source};

use super::node::KeyFormat;
use super::sinks::NamedTopics;
use super::stores::{Logging, builder};
use super::{Builder, Done};
use crate::conformance::functions::{Extractor, TopicFn};
use crate::conformance::op::{Op, Reason};
use crate::conformance::processors::NamedProcessor;
use crate::conformance::values::{Key, Kind, Val};

impl Builder {
    pub(super) fn add_source(&mut self, op: &Op) -> Done {
        self.uses_topology = true;
        let params = op.params();
        let kind = Kind::of_type(params.opt_str("type")?)?;
        let name = params.str("name")?;
        let mut source = Source::with_serdes(name, params.list("topic")?, Kind::key_serde(), kind.serde());
        if let Some(extractor) = params.opt_str("extractor")? {
            source = source.with_timestamp_extractor(Extractor::parse(extractor)?);
        }
        self.topology.add_source(source)?;
        self.node_kinds.insert(name.to_owned(), kind);
        Ok(())
    }

    pub(super) fn add_processor(&mut self, op: &Op) -> Done {
        self.uses_topology = true;
        let params = op.params();
        let name = params.str("name")?;
        let parents = params.list("parents")?;
        let input = self.kind_of_parents(&parents);
        let processor = NamedProcessor::<Key>::of(params, input, self.supplier_stores(op)?)?;
        // Which store it uses is said by the operators that connect it.
        params.get("store");
        let output = processor.output;
        self.topology.add_processor(name, processor, parents)?;
        self.node_kinds.insert(name.to_owned(), output);
        Ok(())
    }

    pub(super) fn add_sink(&mut self, op: &Op) -> Done {
        self.uses_topology = true;
        let params = op.params();
        let name = params.str("name")?;
        let parents = params.list("parents")?;
        let kind = match params.opt_str("type")? {
            None => self.kind_of_parents(&parents),
            some => Kind::of_type(some)?,
        };
        let sink = if let Some(text) = params.opt_str("topic_fn")? {
            let topics = TopicFn::parse(text)?;
            self.note_output(topics.prefix(), true, KeyFormat::Plain, kind);
            Sink::<Key, Val>::to_computed(name, NamedTopics(topics)).with_value_serde(kind.serde())
        } else {
            let topic = params.str("topic")?;
            self.note_output(topic, false, KeyFormat::Plain, kind);
            Sink::<Key, Val>::to_with_serdes(name, topic, Kind::key_serde(), kind.serde())
        };
        self.topology.add_sink(sink, parents)?;
        Ok(())
    }

    pub(super) fn add_state_store(&mut self, op: &Op) -> Done {
        self.uses_topology = true;
        let processors = op.params().list("processors")?;
        self.topology.add_state_store(builder(op.params(), Logging::AsSaid)?, processors)?;
        Ok(())
    }

    pub(super) fn connect_stores(&mut self, op: &Op) -> Done {
        self.uses_topology = true;
        let processor = op.params().str("processor_name")?;
        let stores: Result<Vec<&str>, Reason> = op.params().list("stores");
        self.topology.connect_processor_and_state_stores(processor, stores?)?;
        Ok(())
    }

    fn kind_of_parents(&self, parents: &[&str]) -> Kind {
        let mut kinds = parents.iter().filter_map(|parent| self.node_kinds.get(*parent));
        kinds.next().copied().unwrap_or(Kind::Text)
    }
}
