//! Streams read from the same topics share one source node (feature D8).

use std::collections::BTreeSet;

use streams_core::{Error, Result};

use crate::graph::node::Role;
use crate::graph::{Graph, NodeId, ROOT};
use crate::topics::Topics;

/// Moves the children of a stream source below an earlier source of the same topics (or the same pattern).
pub(super) fn run(graph: &mut Graph) -> Result<()> {
    let mut kept: Vec<NodeId> = Vec::new();
    for id in graph.node(ROOT).children.clone() {
        let Some(topics) = topics_of(graph, id) else { continue };
        let Some(first) = kept.iter().copied().find(|kept| overlap(topics_of(graph, *kept), topics)) else {
            kept.push(id);
            continue;
        };
        let (name, first_name) = (&graph.node(id).name, &graph.node(first).name);
        if !topics_of(graph, first).is_some_and(|first| same(first, topics)) {
            return Err(Error::topology(format!(
                "the streams `{first_name}` and `{name}` read some of their topics in common, but not all: read the \
                 common topics as a stream of their own and merge"
            )));
        }
        if reset_of(graph, first) != reset_of(graph, id) {
            return Err(Error::topology(format!(
                "the streams `{first_name}` and `{name}` read the same topics, and their offset reset policies differ"
            )));
        }
        for child in graph.node(id).children.clone() {
            graph.unlink(id, child);
            graph.link(first, child);
        }
        graph.unlink(ROOT, id);
    }
    Ok(())
}

/// Whether the topics are the same ones, in whatever order.
fn same(ours: &Topics, theirs: &Topics) -> bool {
    match (ours, theirs) {
        (Topics::Names(ours), Topics::Names(theirs)) => {
            ours.iter().collect::<BTreeSet<_>>() == theirs.iter().collect()
        }
        (ours, theirs) => ours == theirs,
    }
}

fn topics_of(graph: &Graph, id: NodeId) -> Option<&Topics> {
    match &graph.node(id).role {
        Role::StreamSource { topics, .. } => Some(topics),
        _ => None,
    }
}

fn reset_of(graph: &Graph, id: NodeId) -> Option<streams_core::AutoOffsetReset> {
    match &graph.node(id).role {
        Role::StreamSource { reset, .. } => *reset,
        _ => None,
    }
}

fn overlap(ours: Option<&Topics>, theirs: &Topics) -> bool {
    match (ours, theirs) {
        (Some(Topics::Names(ours)), Topics::Names(theirs)) => ours.iter().any(|topic| theirs.contains(topic)),
        (Some(Topics::Pattern(ours)), Topics::Pattern(theirs)) => ours == theirs,
        _ => false,
    }
}
