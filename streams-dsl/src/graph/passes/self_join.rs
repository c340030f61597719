//! `single.store.self.join`: a stream joined with itself needs one window store (KIP-862, feature D120).

use crate::graph::node::Role;
use crate::graph::{Graph, NodeId};

/// Takes the node that keeps the right side's records out of every join of a stream with itself. The join sees from its
/// parents (one instead of two) that it is a self-join.
///
/// Left and outer joins too: a record always finds itself, so none is without a match.
pub(super) fn run(graph: &mut Graph) {
    for id in (0..graph.nodes.len()).map(NodeId) {
        let Role::StreamJoin { this_windowed, other_windowed } = graph.node(id).role else { continue };
        let (this, other) = (graph.node(this_windowed), graph.node(other_windowed));
        if this.parents != other.parents {
            continue;
        }
        graph.unlink(other_windowed, id);
        for parent in graph.node(other_windowed).parents.clone() {
            graph.unlink(parent, other_windowed);
        }
    }
}
