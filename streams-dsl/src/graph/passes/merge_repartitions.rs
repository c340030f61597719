//! `merge.repartition.topics`: the repartition topics below one key-changing node become one (KIP-295, feature D118).

use std::rc::Rc;
use std::sync::Arc;

use streams_core::{Error, Result};

use crate::graph::node::{NewNode, Role};
use crate::graph::repartition::{Repartition, RepartitionNames};
use crate::graph::{Changes, Graph, NodeId};

/// Key-changing nodes (or merges of such), and the repartition topics below each.
type Changers = Vec<(NodeId, Vec<NodeId>)>;

/// Puts one repartition topic right below each key-changing node that has some further down.
pub(super) fn run(graph: &mut Graph) -> Result<()> {
    let mut changers = std::mem::take(&mut graph.key_changers);
    join_at_merges(graph, &mut changers);
    for (changer, below) in changers.into_iter().filter(|(_, below)| !below.is_empty()) {
        let merged = merged_repartition(graph, changer, &below)?;
        for old in below {
            replace(graph, changer, merged, old)?;
        }
        graph.link(changer, merged);
    }
    Ok(())
}

/// Several key-changing nodes whose streams are merged above all their repartition topics count as one: the merge.
fn join_at_merges(graph: &Graph, changers: &mut Changers) {
    let merges: Vec<NodeId> =
        (0..graph.nodes.len()).map(NodeId).filter(|id| matches!(graph.node(*id).role, Role::Merge)).collect();
    let mut joined: Changers = Vec::new();
    let mut gone: Vec<NodeId> = Vec::new();
    for merge in merges {
        let mut below: Vec<NodeId> = Vec::new();
        for (changer, repartitions) in changers.iter() {
            let all_below = repartitions.iter().all(|node| child_above(graph, *node, merge).is_some());
            if all_below && child_above(graph, merge, *changer).is_some() {
                below.extend(repartitions.iter().filter(|node| !below.contains(node)).collect::<Vec<_>>());
                gone.push(*changer);
            }
        }
        joined.push((merge, below));
    }
    changers.extend(joined);
    changers.retain(|(changer, _)| !gone.contains(changer));
}

/// The node at or above `start` that is a child of `parent`.
fn child_above(graph: &Graph, start: NodeId, parent: NodeId) -> Option<NodeId> {
    graph.find_above(start, &|node| node.parents.contains(&parent))
}

/// The new repartition topic: the first one's name and serdes, at the key-changing node's place in the order.
fn merged_repartition(graph: &mut Graph, changer: NodeId, below: &[NodeId]) -> Result<NodeId> {
    let first = below.first().and_then(|id| graph.node(*id).repartition()).cloned();
    let Some(Repartition { names, mergeable, write_as }) = first else {
        return Err(Error::bug("a node that is no repartition topic was to be merged"));
    };
    let names = RepartitionNames::new(&names.topic, &mut graph.names);
    let id = graph.push(NewNode {
        name: names.source.clone(),
        write: write_as(names.clone()),
        role: Role::Repartition(Repartition { names, mergeable, write_as }),
        changes: Changes::Nothing,
        output_versioned: None,
        relaxes_null_keys: false,
        closes_after_ms: None,
    });
    graph.node_mut(id).priority = graph.node(changer).priority;
    Ok(id)
}

/// Moves the branch that leads from the key-changing node to `old` below the new topic, and takes `old` out of it.
fn replace(graph: &mut Graph, changer: NodeId, merged: NodeId, old: NodeId) -> Result<()> {
    let Some(branch) = child_above(graph, old, changer) else {
        return Err(Error::topology(format!(
            "`merge.repartition.topics` cannot be applied: the repartition topic `{}` lies below several operators that \
             change keys; name it, or repartition explicitly",
            graph.node(old).name
        )));
    };
    replace_source(graph, merged, old);
    graph.link(merged, branch);
    graph.unlink(changer, branch);
    let (parents, children) = (graph.node(old).parents.clone(), graph.node(old).children.clone());
    for child in &children {
        parents.iter().for_each(|parent| graph.link(*parent, *child));
    }
    parents.iter().for_each(|parent| graph.unlink(*parent, old));
    children.iter().for_each(|child| graph.unlink(old, *child));
    Ok(())
}

/// What had to be partitioned as the old topic must be partitioned as the new one.
fn replace_source(graph: &mut Graph, merged: NodeId, old: NodeId) {
    let source = |id| graph.node(id).repartition().map(|repartition| Arc::clone(&repartition.names.source));
    let (Some(new), Some(old)) = (source(merged), source(old)) else { return };
    for sources in graph.copartitioned.iter_mut().filter(|sources| sources.contains(&old)) {
        let sources = Rc::make_mut(sources);
        sources.remove(&old);
        sources.insert(Arc::clone(&new));
    }
}
