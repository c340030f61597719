//! Names of the nodes, topics and the store of a foreign-key join (feature D112).

use std::sync::Arc;

use crate::Named;
use crate::graph::GraphHandle;
use crate::prefixes;

/// Names, in the order in which they use up numbers.
#[derive(Debug, Clone)]
pub(super) struct Names {
    pub(super) registration_topic: Arc<str>,
    pub(super) send: Arc<str>,
    pub(super) registration_sink: Arc<str>,
    pub(super) registration_source: Arc<str>,
    pub(super) store: Arc<str>,
    pub(super) receive: Arc<str>,
    pub(super) answer: Arc<str>,
    pub(super) notify: Arc<str>,
    pub(super) response_topic: Arc<str>,
    pub(super) response_sink: Arc<str>,
    pub(super) response_source: Arc<str>,
    pub(super) resolve: Arc<str>,
    pub(super) result: Arc<str>,
}

impl Names {
    pub(super) fn new(graph: &GraphHandle, named: &Named) -> Self {
        let name = |suffix: &str, prefix: &str| graph.suffixed_name(named, suffix, prefix);
        let topic = |name: Arc<str>| format!("{name}-topic").into();
        Self {
            registration_topic: topic(name("-subscription-registration", prefixes::FK_REGISTRATION)),
            send: name("-subscription-registration-processor", prefixes::FK_REGISTRATION),
            registration_sink: name("-subscription-registration-sink", prefixes::TABLE_SINK),
            registration_source: name("-subscription-registration-source", prefixes::TABLE_SOURCE),
            store: name("-subscription-store", prefixes::FK_STORE),
            receive: name("-subscription-receive", prefixes::FK_PROCESSOR),
            answer: name("-subscription-join-foreign", prefixes::FK_PROCESSOR),
            notify: name("-foreign-join-subscription", prefixes::FK_PROCESSOR),
            response_topic: topic(name("-subscription-response", prefixes::FK_RESPONSE)),
            response_sink: name("-subscription-response-sink", prefixes::TABLE_SINK),
            response_source: name("-subscription-response-source", prefixes::TABLE_SOURCE),
            resolve: name("-subscription-response-resolver", prefixes::FK_RESOLVER),
            result: name("-result", prefixes::FK_OUTPUT),
        }
    }
}
