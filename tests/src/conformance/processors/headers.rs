//! Processors of headers.

use streams_core::{BoxError, Processor, ProcessorContext, Record};

use super::{Make, copies};
use crate::conformance::keys::CaseKey;
use crate::conformance::op::{Params, Reason};
use crate::conformance::values::{NULL, Val};

#[derive(Debug, Clone)]
enum HeaderProcessor {
    Add { header: String, value: String },
    Remove { header: String },
    ToValue { header: String },
}

pub(super) fn add<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    let (header, value) = (params.str("header")?.to_owned(), params.str("value")?.to_owned());
    Ok(copies(HeaderProcessor::Add { header, value }))
}

pub(super) fn remove<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    Ok(copies(HeaderProcessor::Remove { header: params.str("header")?.to_owned() }))
}

pub(super) fn to_value<K: CaseKey>(params: &Params) -> Result<Make<K>, Reason> {
    Ok(copies(HeaderProcessor::ToValue { header: params.str("header")?.to_owned() }))
}

impl<K: CaseKey> Processor<K, Val, K, Val> for HeaderProcessor {
    fn process(
        &mut self,
        mut record: Record<K, Val>,
        ctx: &mut ProcessorContext<'_, K, Val>,
    ) -> Result<(), BoxError> {
        match self {
            Self::Add { header, value } => record.headers.add(header.as_str(), Some(value.as_str())),
            Self::Remove { header } => record.headers.remove(header),
            Self::ToValue { header } => {
                let found = record.headers.last(header).and_then(|header| header.value);
                let text = found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
                let value = format!("{}[{}]", record.value, text.as_deref().unwrap_or(NULL));
                record = record.with_value(Val::of(value));
            }
        }
        Ok(ctx.forward(record)?)
    }
}
