//! `stream` and `global_store`.

use streams_core::{AutoOffsetReset, TopicPattern};
use streams_dsl::{Consumed, Topics};

use super::{BuildFailure, Builder, Done, Stream};
use crate::conformance::functions::Extractor;
use crate::conformance::op::{Op, Reason};
use crate::conformance::processors::GlobalUpdate;
use crate::conformance::values::{Key, Kind, Val};

impl Builder {
    pub(super) fn stream(&mut self, op: &Op) -> Done {
        let kind = Kind::of_type(op.params().opt_str("type")?)?;
        let topics = topics(op)?;
        let mut consumed = consumed(op, kind)?;
        if let Some(reset) = reset(op)? {
            consumed = consumed.with_offset_reset_policy(reset);
        }
        let stream = self.dsl.stream_with(topics, consumed);
        self.put(op, Stream::plain(stream, kind))
    }

    pub(super) fn global_store(&mut self, op: &Op) -> Done {
        let params = op.params();
        let kind = Kind::of_type(params.opt_str("type")?)?;
        let topic = params.str("topic")?.to_owned();
        let store = params.str("store")?.to_owned();
        match params.str("processor")? {
            "global_store_update" => {}
            other => return Err(format!("global stores take no processor `{other}`").into()),
        }
        let builder = super::stores::builder(params, super::stores::Logging::Off)?;
        let make = move || GlobalUpdate::new(store.clone());
        self.dsl.add_global_store(builder, topic, consumed(op, kind)?, make);
        Ok(())
    }
}

fn topics(op: &Op) -> Result<Topics, BuildFailure> {
    let params = op.params();
    if let Some(topic) = params.opt_str("topic")? {
        return Ok(Topics::from(topic));
    }
    if let Some(pattern) = params.opt_str("pattern")? {
        return Ok(Topics::from(TopicPattern::new(pattern)?));
    }
    Ok(Topics::from(params.list("topics")?))
}

/// How the topics of a source are read.
pub(super) fn consumed(op: &Op, kind: Kind) -> Result<Consumed<Key, Val>, Reason> {
    let mut consumed = Consumed::with(Kind::key_serde(), kind.serde());
    if let Some(name) = op.name()? {
        consumed = consumed.with_name(name);
    }
    if let Some(extractor) = op.params().opt_str("extractor")? {
        consumed = consumed.with_timestamp_extractor(Extractor::parse(extractor)?);
    }
    Ok(consumed)
}

/// How the topic of a table is read.
pub(super) fn consumed_of_table(op: &Op, kind: Kind) -> Result<Consumed<Key, Val>, Reason> {
    let mut consumed = Consumed::with(Kind::key_serde(), kind.serde());
    if let Some(name) = op.name()? {
        consumed = consumed.with_name(name);
    }
    if let Some(extractor) = op.params().opt_str("extractor")? {
        consumed = consumed.with_table_timestamp_extractor(Extractor::parse(extractor)?);
    }
    Ok(consumed)
}

fn reset(op: &Op) -> Result<Option<AutoOffsetReset>, Reason> {
    match op.params().opt_str("reset")? {
        None => Ok(None),
        Some("earliest") => Ok(Some(AutoOffsetReset::Earliest)),
        Some("latest") => Ok(Some(AutoOffsetReset::Latest)),
        Some(other) => Err(format!("offset reset `{other}` is unknown")),
    }
}
