//! Who sent a record: found by its tag when its delivery is reported.

use std::sync::Arc;
use std::sync::atomic::AtomicI64;

use crate::task_id::TaskId;

/// What one task sends to one topic.
#[derive(Debug)]
pub(super) struct Lane {
    pub(super) task: TaskId,
    pub(super) topic: Box<str>,
    /// The largest offset that the cluster acknowledged; -1 before the first.
    pub(super) acknowledged: AtomicI64,
}

/// The lanes of a producer, by the tags that records carry.
#[derive(Debug, Default)]
pub(super) struct Lanes {
    pub(super) all: Vec<Arc<Lane>>,
    /// No record with such a tag is under way.
    free: Vec<usize>,
    /// Their tasks are closed; records of theirs may still be under way.
    pub(super) left: Vec<usize>,
}

impl Lanes {
    pub(super) fn open(&mut self, lane: Lane, in_flight: usize) -> (usize, Arc<Lane>) {
        if in_flight == 0 {
            self.free.append(&mut self.left);
        }
        let lane = Arc::new(lane);
        let tag = match self.free.pop() {
            Some(tag) => {
                self.all[tag] = Arc::clone(&lane);
                tag
            }
            None => {
                self.all.push(Arc::clone(&lane));
                self.all.len() - 1
            }
        };
        (tag, lane)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_of_closed_tasks_are_used_again_when_nothing_is_under_way() {
        let lane = |topic: &str| Lane {
            task: TaskId::new(0, 0),
            topic: topic.into(),
            acknowledged: AtomicI64::new(-1),
        };
        let mut lanes = Lanes::default();
        assert_eq!(lanes.open(lane("a"), 0).0, 0);
        assert_eq!(lanes.open(lane("b"), 0).0, 1);
        lanes.left.push(0);
        assert_eq!(lanes.open(lane("c"), 7).0, 2, "a report of the closed task may still come");
        assert_eq!(lanes.open(lane("d"), 0).0, 0);
        let topics: Vec<&str> = lanes.all.iter().map(|lane| &*lane.topic).collect();
        assert_eq!(topics, ["d", "b", "c"]);
    }
}
