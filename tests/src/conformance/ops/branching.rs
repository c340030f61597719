//! `split`.

use std::sync::{Arc, Mutex};

use streams_dsl::{Branched, BranchedKStream, KStream};

use super::{BuildFailure, Builder, Done, Node, OpKey, Stream, named, on_stream, wrong_input};
use crate::conformance::functions::Predicate;
use crate::conformance::op::{Op, Params, Reason};
use crate::conformance::values::Val;

/// Where a branch hands out its stream.
type Slot<K> = Arc<Mutex<Option<KStream<K, Val>>>>;

/// A branch, its id, and where it hands out its stream.
type Branch<K> = (Branched<K, Val>, String, Slot<K>);

impl Builder {
    pub(super) fn split(&mut self, op: &Op) -> Done {
        on_stream!(self, op, |stream| self.split_stream(op, &stream))
    }

    fn split_stream<K: OpKey>(&mut self, op: &Op, stream: &Stream<K>) -> Done
    where
        Node: From<Stream<K>>,
    {
        let mut split: BranchedKStream<K, Val> = stream.inner.split_with(named(op)?);
        let mut slots: Vec<(String, Slot<K>)> = Vec::new();
        for branch in op.params().nested_list("branches")? {
            let predicate = Predicate::parse(branch.str("pred")?)?;
            let (branched, id, slot) = branched(&branch)?;
            branch.finish("branches")?;
            split = split.branch_with(move |key, value| predicate.test(key, value), branched);
            slots.push((id, slot));
        }
        let map = match op.params().nested("default")? {
            None => split.no_default_branch(),
            Some(default) => {
                let (branched, id, slot) = branched(&default)?;
                default.finish("default")?;
                slots.push((id, slot));
                split.default_branch_with(branched)
            }
        };
        let mut keys: Vec<String> = map.keys().cloned().collect();
        keys.sort_unstable();
        let id = op.id.clone().map_or_else(|| op.input(0).map(str::to_owned), Ok)?;
        self.branches.insert(id, keys);
        for (id, slot) in slots {
            let inner = slot.lock().ok().and_then(|mut slot| slot.take());
            let inner =
                inner.ok_or_else(|| BuildFailure::from(format!("branch `{id}` was not handed out")))?;
            self.nodes.insert(id, stream.with(inner, stream.kind).into());
        }
        Ok(())
    }
}

/// A branch with its name and a function that hands out the stream.
fn branched<K: OpKey>(branch: &Params) -> Result<Branch<K>, Reason> {
    let slot: Slot<K> = Arc::default();
    let handed_out = Arc::clone(&slot);
    let branched = branch.opt_str("name")?.map_or_else(Branched::new, Branched::as_);
    let branched = branched.with_function(move |stream| {
        if let Ok(mut slot) = handed_out.lock() {
            *slot = Some(stream.clone());
        }
        stream
    });
    Ok((branched, branch.str("id")?.to_owned(), slot))
}
