use crate::coordinator::streams::assignor::{AssignedMember, assign};
use crate::coordinator::streams::tasks::{Task, Tasks};
use crate::coordinator::streams::topology::ConfiguredSubtopology;
use std::collections::{BTreeMap, BTreeSet};

fn shape(tasks: &[i32]) -> BTreeMap<String, ConfiguredSubtopology> {
    let one =
        |(i, tasks): (usize, &i32)| (i.to_string(), ConfiguredSubtopology { tasks: *tasks, stateful: true });
    tasks.iter().enumerate().map(one).collect()
}

/// Assigns to members that are named `process/number`.
fn run(
    names: &[&str],
    before: &BTreeMap<String, Tasks>,
    subtopologies: &[i32],
    standbys: usize,
) -> BTreeMap<String, Tasks> {
    let none = Tasks::default();
    let members: Vec<_> = names
        .iter()
        .map(|id| AssignedMember {
            id,
            process: id.split('/').next().unwrap(),
            before: before.get(*id).unwrap_or(&none),
        })
        .collect();
    assign(&members, &shape(subtopologies), standbys)
}

fn each_once(result: &BTreeMap<String, Tasks>, expected: usize) {
    let all: Vec<&Task> = result.values().flat_map(|t| &t.active.0).collect();
    assert_eq!(all.len(), expected);
    assert_eq!(all.into_iter().collect::<BTreeSet<_>>().len(), expected);
}

#[test]
fn tasks_are_spread_evenly_over_processes() {
    let result = run(&["p/1", "p/2", "p/3", "q/1"], &BTreeMap::new(), &[8], 0);
    each_once(&result, 8);
    assert!(result.values().all(|t| t.active.len() == 2), "{result:?}");
}

#[test]
fn loads_differ_by_one_at_most() {
    for (members, tasks) in [(3, 7), (5, 4), (4, 9), (2, 5)] {
        let names: Vec<String> = (0..members).map(|i| format!("p{i}/1")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let result = run(&names, &BTreeMap::new(), &[tasks], 0);
        each_once(&result, tasks as usize);
        let loads: Vec<usize> = result.values().map(|t| t.active.len()).collect();
        let (least, most) = (loads.iter().min().unwrap(), loads.iter().max().unwrap());
        assert!(most - least <= 1, "{members} members, {tasks} tasks: {loads:?}");
    }
}

#[test]
fn an_assignment_that_is_even_does_not_change() {
    let names = ["p/1", "q/1", "r/1"];
    let first = run(&names, &BTreeMap::new(), &[4, 5], 1);
    assert_eq!(run(&names, &first, &[4, 5], 1), first);
}

#[test]
fn a_newcomer_takes_no_more_than_its_share() {
    let first = run(&["p/1", "q/1"], &BTreeMap::new(), &[6], 0);
    let second = run(&["p/1", "q/1", "r/1"], &first, &[6], 0);
    for id in ["p/1", "q/1"] {
        let kept = second[id].active.and(&first[id].active);
        assert_eq!((kept.len(), second[id].active.len()), (2, 2));
    }
}

#[test]
fn standbys_take_over_and_live_in_other_processes() {
    let names = ["p/1", "p/2", "q/1", "q/2"];
    let first = run(&names, &BTreeMap::new(), &[4], 1);
    for (id, tasks) in &first {
        let process = id.split('/').next().unwrap();
        let beside = first.iter().filter(|(other, _)| other.starts_with(process));
        for (_, other) in beside {
            assert!(tasks.standby.and(&other.active).is_empty());
        }
    }
    assert_eq!(first.values().map(|t| t.standby.len()).sum::<usize>(), 4);
    let after = run(&["q/1", "q/2"], &first, &[4], 1);
    for id in ["q/1", "q/2"] {
        assert!(
            after[id].active.without(&first[id].active).without(&first[id].standby).is_empty(),
            "{after:?}"
        );
        assert!(after[id].standby.is_empty(), "one process is no place for copies");
    }
}

#[test]
fn nobody_gives_up_a_running_task_for_one_that_it_has_a_copy_of() {
    let task = |partition| ("0".to_owned(), partition);
    let mut before: BTreeMap<String, Tasks> = BTreeMap::new();
    let stays = before.entry("q/1".into()).or_default();
    stays.active.0.insert(task(1));
    stays.standby.0.insert(task(0));
    // Task 0 was run by a member that is gone; another one has come.
    let after = run(&["p/1", "q/1"], &before, &[2], 1);
    assert!(after["q/1"].active.contains(&task(1)), "{after:?}");
}

#[test]
fn stateless_tasks_have_no_standbys() {
    let mut shape = shape(&[2]);
    shape.get_mut("0").unwrap().stateful = false;
    let none = Tasks::default();
    let members = [
        AssignedMember { id: "p/1", process: "p", before: &none },
        AssignedMember { id: "q/1", process: "q", before: &none },
    ];
    assert!(assign(&members, &shape, 2).values().all(|t| t.standby.is_empty()));
}
