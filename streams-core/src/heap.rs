//! A binary heap by time whose order of equals is that of `java.util.PriorityQueue`.
//!
//! Which of several queues (or punctuations) of the same time goes first shows in an application's output, so the
//! order is part of the behaviour that Kafka Streams has: compared with strict less-than only, a new entry sifts up, and
//! on removal the last entry moves to the root and sifts down, the left child winning ties.

/// Entries by time, smallest first.
#[derive(Debug, Clone)]
pub(crate) struct TimeHeap<T> {
    entries: Vec<(i64, T)>,
}

impl<T> Default for TimeHeap<T> {
    fn default() -> Self {
        Self { entries: Vec::new() }
    }
}

impl<T> TimeHeap<T> {
    /// Adds an entry.
    pub(crate) fn push(&mut self, time: i64, item: T) {
        let mut index = self.entries.len();
        self.entries.push((time, item));
        while index > 0 {
            let parent = (index - 1) / 2;
            if time >= self.entries[parent].0 {
                break;
            }
            self.entries.swap(index, parent);
            index = parent;
        }
    }

    /// Takes the first entry.
    pub(crate) fn pop(&mut self) -> Option<(i64, T)> {
        if self.entries.len() < 2 {
            return self.entries.pop();
        }
        let first = self.entries.swap_remove(0);
        self.sift_down();
        Some(first)
    }

    /// The time of the first entry.
    pub(crate) fn first_time(&self) -> Option<i64> {
        self.entries.first().map(|(time, _)| *time)
    }

    /// The number of entries.
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    /// Removes all entries.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
    }

    fn sift_down(&mut self) {
        let size = self.entries.len();
        let mut index = 0;
        loop {
            let (left, right) = (2 * index + 1, 2 * index + 2);
            if left >= size {
                return;
            }
            let right_is_first = right < size && self.entries[right].0 < self.entries[left].0;
            let child = if right_is_first { right } else { left };
            if self.entries[index].0 <= self.entries[child].0 {
                return;
            }
            self.entries.swap(index, child);
            index = child;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::TimeHeap;

    #[test]
    fn entries_leave_by_time() {
        let mut heap = TimeHeap::default();
        for time in [5, 1, 4, 2, 3, 0] {
            heap.push(time, time);
        }
        let order: Vec<i64> = std::iter::from_fn(|| heap.pop().map(|(_, item)| item)).collect();
        assert_eq!(order, [0, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn three_equals_leave_first_last_middle_as_from_javas_priority_queue() {
        let mut heap = TimeHeap::default();
        for name in ["a", "b", "c"] {
            heap.push(7, name);
        }
        let order: Vec<&str> = std::iter::from_fn(|| heap.pop().map(|(_, item)| item)).collect();
        assert_eq!(order, ["a", "c", "b"]);
    }

    #[test]
    fn equals_that_come_back_go_behind() {
        let mut heap = TimeHeap::default();
        heap.push(0, "a");
        heap.push(0, "b");
        let mut order = Vec::new();
        for _ in 0..4 {
            let (time, item) = heap.pop().unwrap();
            order.push(item);
            heap.push(time, item);
        }
        assert_eq!(order, ["a", "b", "a", "b"]);
    }
}
