//! Who shall run which task: evenly over processes and members, each task where it was if it can stay.

use super::tasks::{Task, Tasks};
use super::topology::ConfiguredSubtopology;
use std::collections::{BTreeMap, BTreeSet};

/// A member as the assignor sees it.
#[derive(Debug, Clone)]
pub(crate) struct AssignedMember<'a> {
    pub(crate) id: &'a str,
    /// Members of one process share its disk, so a copy beside the original is of no use.
    pub(crate) process: &'a str,
    /// What it had before.
    pub(crate) before: &'a Tasks,
}

struct Assignor<'a> {
    members: &'a [AssignedMember<'a>],
    /// How many members each process has.
    threads: BTreeMap<&'a str, usize>,
    result: BTreeMap<String, Tasks>,
}

/// Gives out all tasks and up to `standbys` copies of those that have state.
pub(crate) fn assign(
    members: &[AssignedMember<'_>],
    subtopologies: &BTreeMap<String, ConfiguredSubtopology>,
    standbys: usize,
) -> BTreeMap<String, Tasks> {
    let mut threads: BTreeMap<&str, usize> = BTreeMap::new();
    for member in members {
        *threads.entry(member.process).or_default() += 1;
    }
    let result = members.iter().map(|m| (m.id.to_owned(), Tasks::default())).collect();
    let mut assignor = Assignor { members, threads, result };
    if members.is_empty() {
        return assignor.result;
    }
    // By partition first: the tasks of one partition then tend to stay together.
    let mut tasks: Vec<(i32, &str)> = subtopologies
        .iter()
        .flat_map(|(id, s)| (0..s.tasks).map(move |partition| (partition, id.as_str())))
        .collect();
    tasks.sort_unstable();
    let tasks: Vec<Task> = tasks.into_iter().map(|(p, s)| (s.to_owned(), p)).collect();
    assignor.active(&tasks);
    let stateful: Vec<Task> =
        tasks.into_iter().filter(|(s, _)| subtopologies.get(s).is_some_and(|s| s.stateful)).collect();
    for _ in 0..standbys {
        assignor.standby(&stateful);
    }
    assignor.result
}

impl Assignor<'_> {
    fn load(&self, member: &str) -> usize {
        self.result.get(member).map_or(0, |t| t.active.len() + t.standby.len())
    }

    /// Tasks of a process for each of its members, scaled so that whole numbers compare.
    fn process_load(&self, process: &str) -> usize {
        let tasks: usize =
            self.members.iter().filter(|m| m.process == process).map(|m| self.load(m.id)).sum();
        tasks * 1_000 / self.threads.get(process).copied().unwrap_or(1).max(1)
    }

    /// How much a member has to do, for standbys: first its process, then itself, then by name.
    fn weight(&self, member: &AssignedMember<'_>) -> (usize, usize, String) {
        (self.process_load(member.process), self.load(member.id), member.id.to_owned())
    }

    fn active(&mut self, tasks: &[Task]) {
        let quota = tasks.len().div_ceil(self.members.len());
        // As many members may have the full quota as the division leaves over; the others have one less.
        let mut full = match tasks.len() % self.members.len() {
            0 => self.members.len(),
            rest => rest,
        };
        // Nobody gives up a running task to take over one that it has a copy of: one wish at a time for all tasks.
        let wishes: [fn(&Tasks, &Task) -> bool; 3] = [
            |before, task| before.active.contains(task),
            |before, task| before.standby.contains(task),
            |_, _| true,
        ];
        let mut left: Vec<&Task> = tasks.iter().collect();
        for wish in wishes {
            left.retain(|task| match self.candidate(quota, full, |m| wish(m.before, task)) {
                Some(member) => {
                    self.give_active(&member, task, quota, &mut full);
                    false
                }
                None => true,
            });
        }
    }

    /// The least loaded member with room for an active task.
    fn candidate(
        &self,
        quota: usize,
        full: usize,
        wanted: impl Fn(&AssignedMember<'_>) -> bool,
    ) -> Option<String> {
        let count = |m: &AssignedMember<'_>| self.result.get(m.id).map_or(0, |t| t.active.len());
        let room = |m: &&AssignedMember<'_>| {
            let has = count(m);
            has + 1 < quota || has + 1 == quota && full > 0
        };
        self.members
            .iter()
            .filter(|m| wanted(m))
            .filter(room)
            .min_by_key(|m| (self.process_load(m.process), count(m), m.id))
            .map(|m| m.id.to_owned())
    }

    fn give_active(&mut self, member: &str, task: &Task, quota: usize, full: &mut usize) {
        if let Some(tasks) = self.result.get_mut(member) {
            tasks.active.0.insert(task.clone());
            if tasks.active.len() == quota {
                *full = full.saturating_sub(1);
            }
        }
    }

    /// One more copy of each task, on a process that has none yet; where there is no such process, none.
    fn standby(&mut self, tasks: &[Task]) {
        for task in tasks {
            let taken: BTreeSet<&str> = self
                .members
                .iter()
                .filter(|m| {
                    self.result.get(m.id).is_some_and(|t| t.active.contains(task) || t.standby.contains(task))
                })
                .map(|m| m.process)
                .collect();
            let free = || self.members.iter().filter(|m| !taken.contains(m.process));
            let had =
                |m: &&AssignedMember<'_>| m.before.standby.contains(task) || m.before.active.contains(task);
            // Where it was, unless that process has clearly more to do than another.
            let lightest = free().map(|m| self.process_load(m.process)).min().unwrap_or(0);
            let near = |m: &&AssignedMember<'_>| self.process_load(m.process) <= lightest + 1_000;
            let chosen = free()
                .filter(had)
                .filter(near)
                .min_by_key(|m| self.weight(m))
                .or_else(|| free().min_by_key(|m| self.weight(m)));
            let Some(member) = chosen.map(|m| m.id.to_owned()) else { continue };
            if let Some(tasks) = self.result.get_mut(&member) {
                tasks.standby.0.insert(task.clone());
            }
        }
    }
}
