//! Passes over the graph, in Kafka's order: equal sources are merged always, the rest is `topology.optimization`.
//! (Reuse of source topics as changelogs needs no pass: table sources look at the settings.)

mod merge_repartitions;
mod merge_sources;
mod self_join;

use streams_core::{Error, Result};

use super::node::Role;
use super::{Graph, NodeId};
use crate::settings::BuildSettings;

/// The graph as it is to be lowered.
pub(super) fn run(mut graph: Graph, settings: &BuildSettings) -> Result<Graph> {
    merge_sources::run(&mut graph)?;
    if settings.optimizations.merge_repartition_topics {
        merge_repartitions::run(&mut graph)?;
    }
    if settings.optimizations.single_store_self_join {
        self_join::run(&mut graph);
    }
    refuse_versioned_suppressions(&graph)?;
    Ok(graph)
}

/// Whether the table that comes out of a node keeps versions: its own word, or that of what is above (feature D121).
pub(super) fn versioned_above(graph: &Graph, node: NodeId) -> bool {
    let node = graph.node(node);
    let above = || node.parents.iter().all(|parent| versioned_above(graph, *parent));
    node.output_versioned.unwrap_or_else(|| !node.parents.is_empty() && above())
}

/// Whether a left or outer join that takes null keys lies below (feature D97).
pub(super) fn leads_to_relaxed_join(graph: &Graph, start: NodeId) -> bool {
    let mut seen = vec![false; graph.nodes.len()];
    let mut stack = vec![start];
    while let Some(id) = stack.pop() {
        if std::mem::replace(&mut seen[id.0], true) {
            continue;
        }
        let node = graph.node(id);
        if node.relaxes_null_keys {
            return true;
        }
        stack.extend(&node.children);
    }
    false
}

fn refuse_versioned_suppressions(graph: &Graph) -> Result<()> {
    let suppressions = graph.nodes.iter().filter(|node| matches!(node.role, Role::Suppress));
    for node in suppressions {
        if node.parents.iter().any(|parent| versioned_above(graph, *parent)) {
            return Err(Error::topology(format!(
                "`{}` cannot suppress updates of a table with a versioned store: materialize the table without versions \
                 first",
                node.name
            )));
        }
    }
    Ok(())
}
