//! An ordered set whose order may change after elements went in.
//!
//! Kafka Streams keeps a node's neighbours in a `TreeSet` that compares nodes by the size of the tree below them, and
//! goes on to change those sizes while it fills the sets. What such a set is walked in depends on the shape of the
//! red-black tree, so this is one, of the same kind.

use std::cmp::Ordering;

#[derive(Debug, Clone)]
struct Entry {
    item: usize,
    parent: Option<usize>,
    /// Left and right child.
    children: [Option<usize>; 2],
    red: bool,
}

/// A red-black tree of small numbers, compared by whatever order holds while one is inserted.
#[derive(Debug, Clone, Default)]
pub(super) struct SizeSet {
    entries: Vec<Entry>,
    root: Option<usize>,
}

impl SizeSet {
    /// Adds `item` unless the way down the tree meets an equal one.
    pub(super) fn insert(&mut self, item: usize, compare: impl Fn(usize, usize) -> Ordering) {
        let mut parent = None;
        let mut side = 0;
        let mut at = self.root;
        while let Some(entry) = at {
            side = match compare(item, self.entries[entry].item) {
                Ordering::Less => 0,
                Ordering::Greater => 1,
                Ordering::Equal => return,
            };
            parent = at;
            at = self.entries[entry].children[side];
        }
        let new = self.entries.len();
        self.entries.push(Entry { item, parent, children: [None, None], red: true });
        match parent {
            Some(parent) => self.entries[parent].children[side] = Some(new),
            None => self.root = Some(new),
        }
        self.rebalance(new);
    }

    /// The items from the leftmost to the rightmost.
    pub(super) fn items(&self) -> Vec<usize> {
        let mut items = Vec::with_capacity(self.entries.len());
        let mut path = Vec::new();
        let mut at = self.root;
        while at.is_some() || !path.is_empty() {
            while let Some(entry) = at {
                path.push(entry);
                at = self.entries[entry].children[0];
            }
            if let Some(entry) = path.pop() {
                items.push(self.entries[entry].item);
                at = self.entries[entry].children[1];
            }
        }
        items
    }

    /// The textbook repair after an insertion: recolour while the uncle is red, else turn once or twice.
    fn rebalance(&mut self, mut at: usize) {
        while let Some(parent) = self.entries[at].parent.filter(|parent| self.entries[*parent].red) {
            let Some(grand) = self.entries[parent].parent else { break };
            let side = self.side(grand, parent);
            let uncle = self.entries[grand].children[1 - side];
            if let Some(uncle) = uncle.filter(|uncle| self.entries[*uncle].red) {
                self.entries[parent].red = false;
                self.entries[uncle].red = false;
                self.entries[grand].red = true;
                at = grand;
                continue;
            }
            let top = if self.side(parent, at) == side {
                parent
            } else {
                self.turn(parent, side);
                at
            };
            self.entries[top].red = false;
            self.entries[grand].red = true;
            self.turn(grand, 1 - side);
            break;
        }
        if let Some(root) = self.root {
            self.entries[root].red = false;
        }
    }

    fn side(&self, parent: usize, child: usize) -> usize {
        usize::from(self.entries[parent].children[1] == Some(child))
    }

    /// Turns the tree at `at` towards `side`: its other child takes its place.
    fn turn(&mut self, at: usize, side: usize) {
        let Some(riser) = self.entries[at].children[1 - side] else { return };
        let inner = self.entries[riser].children[side];
        let parent = self.entries[at].parent;
        self.entries[at].children[1 - side] = inner;
        if let Some(inner) = inner {
            self.entries[inner].parent = Some(at);
        }
        self.entries[riser].parent = parent;
        match parent {
            Some(parent) => {
                let place = self.side(parent, at);
                self.entries[parent].children[place] = Some(riser);
            }
            None => self.root = Some(riser),
        }
        self.entries[riser].children[side] = Some(at);
        self.entries[at].parent = Some(riser);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_a_fixed_order_it_is_a_sorted_set() {
        let mut set = SizeSet::default();
        for item in [5, 3, 9, 1, 4, 7, 8, 2, 6, 0, 3, 9] {
            set.insert(item, |a, b| a.cmp(&b));
        }
        assert_eq!(set.items(), (0..10).collect::<Vec<_>>());
    }

    #[test]
    fn items_stay_where_they_went_in_when_the_order_changes() {
        let mut set = SizeSet::default();
        assert!(set.items().is_empty());
        set.insert(1, |a, b| a.cmp(&b));
        set.insert(2, |a, b| a.cmp(&b));
        set.insert(3, |a, b| b.cmp(&a));
        assert_eq!(set.items(), [3, 1, 2]);
    }
}
