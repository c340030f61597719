//! Processors that choose where records go, how often, and whether at all.

use std::collections::BTreeMap;

use streams_core::{BoxError, Processor, ProcessorContext, Record};

use super::{Make, copies};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Params, Reason};
use crate::conformance::values::Val;

/// What `throw_on` fails with: the counterpart of the JVM's exception of this name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IllegalState(pub String);

impl std::fmt::Display for IllegalState {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for IllegalState {}

#[derive(Debug, Clone)]
enum Routing {
    Route { by_key: BTreeMap<String, String>, default: Option<String> },
    Forward { times: i64 },
    ThrowOn { value: String },
}

pub(super) fn route<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    let wrong = || "parameter `by_key` must map keys to names of children".to_owned();
    let mut by_key = BTreeMap::new();
    if let Some(value) = params.get("by_key") {
        for (key, child) in value.as_object().ok_or_else(wrong)? {
            by_key.insert(key.clone(), child.as_str().ok_or_else(wrong)?.to_owned());
        }
    }
    let default = params.opt_str("default")?.map(str::to_owned);
    Ok(copies(Routing::Route { by_key, default }))
}

pub(super) fn forward_n<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    Ok(copies(Routing::Forward { times: params.int("n")? }))
}

pub(super) fn throw_on<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    Ok(copies(Routing::ThrowOn { value: params.str("value")?.to_owned() }))
}

impl<K: CaseKey> Processor<K, Val, K, Val> for Routing {
    fn process(
        &mut self,
        record: Record<K, Val>,
        ctx: &mut ProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        match self {
            Self::Route { by_key, default } => match by_key.get(&record.key.shown()).or(default.as_ref()) {
                Some(child) => Ok(ctx.forward_to(child, record)?),
                None => Ok(ctx.forward(record)?),
            },
            Self::Forward { times } => {
                let mut record = record;
                for _ in 0..*times {
                    // Kafka forwards one object, whose headers those below change for the next time.
                    let headers = record.headers.share();
                    ctx.forward(Record { headers, ..record.clone() })?;
                }
                Ok(())
            }
            Self::ThrowOn { value } if record.value.text().as_ref() == Some(value) => {
                Err(IllegalState(format!("the value is `{value}`")).into())
            }
            Self::ThrowOn { .. } => Ok(ctx.forward(record)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::run;
    use super::*;

    #[test]
    fn forward_n_forwards_n_times() {
        let inputs = [(Some("a"), Val::of("x"), 1)];
        assert_eq!(run(r#"{"processor": "forward_n", "n": 3}"#, Vec::new(), &inputs).len(), 3);
        assert_eq!(run(r#"{"processor": "forward_n", "n": 0}"#, Vec::new(), &inputs).len(), 0);
    }
}
