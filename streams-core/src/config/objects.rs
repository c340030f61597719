//! The parts of a configuration that are objects, not text.

use std::fmt;
use std::sync::Arc;

use crate::handler::{
    DeserializationExceptionHandler, ProcessingExceptionHandler, ProductionExceptionHandler,
};
use crate::processor::ProcessorWrapper;
use crate::time::RawTimestampExtractor;

/// Handlers, extractors and wrappers of the user's own. They win over what the text says.
#[derive(Clone, Default)]
pub(super) struct Objects {
    pub(super) deserialization: Option<Arc<dyn DeserializationExceptionHandler>>,
    pub(super) processing: Option<Arc<dyn ProcessingExceptionHandler>>,
    pub(super) production: Option<Arc<dyn ProductionExceptionHandler>>,
    pub(super) extractor: Option<Arc<dyn RawTimestampExtractor>>,
    pub(super) wrapper: Option<Arc<dyn ProcessorWrapper>>,
}

impl fmt::Debug for Objects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Objects")
            .field("deserialization", &self.deserialization.is_some())
            .field("processing", &self.processing.is_some())
            .field("production", &self.production.is_some())
            .field("extractor", &self.extractor.is_some())
            .field("wrapper", &self.wrapper.is_some())
            .finish()
    }
}
