//! The golden cases that the project ships with.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use streams_tests::{Variation, case_files, report, run_files};

/// The case files that the project ships with.
fn shipped_cases() -> Vec<PathBuf> {
    let files = case_files(&directory().join("cases")).expect("the cases can be listed");
    assert!(files.len() > 300, "only {} cases were found", files.len());
    files
}

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance")
}

/// All cases pass but for those that are listed as known not to; those fail. So neither can a case be broken unnoticed,
/// nor can the list outlive its reasons.
fn check(variation: Variation) {
    let list = fs::read_to_string(directory().join("known-failures.txt")).expect("the list can be read");
    let known: BTreeSet<&str> =
        list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();

    let results = run_files(&shipped_cases(), None, variation);
    let failing: BTreeSet<&str> = results
        .iter()
        .filter(|result| !result.skipped && !result.passed())
        .map(|result| result.name.as_str())
        .collect();

    let broken: Vec<_> = failing.difference(&known).collect();
    let run: BTreeSet<&str> = results.iter().map(|result| result.name.as_str()).collect();
    let mended: Vec<_> = known.difference(&failing).filter(|name| run.contains(*name)).collect();
    let unexpected: Vec<_> =
        results.iter().filter(|result| broken.contains(&&result.name.as_str())).cloned().collect();
    assert!(broken.is_empty(), "these cases fail: {broken:?}\n{}", report(&unexpected, false));
    assert!(mended.is_empty(), "these cases pass now, take them off the list: {mended:?}");
}

#[test]
fn golden_cases_pass() {
    check(Variation::None);
}

/// What a case says is the same on the other type of store is so.
#[test]
fn golden_cases_pass_on_the_other_type_of_store() {
    check(Variation::OtherStore);
}

/// State comes back from the changelogs and from disk as it was.
#[test]
fn golden_cases_pass_with_restarts_in_between() {
    check(Variation::Restarts);
}
