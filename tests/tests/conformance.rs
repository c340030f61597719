//! The golden cases that the project ships with.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use streams_tests::{case_files, report, run_files};

/// All cases pass but for those that are listed as known not to; those fail. So neither can a case be broken unnoticed,
/// nor can the list outlive its reasons.
#[test]
fn golden_cases_pass() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("conformance");
    let files = case_files(&directory.join("cases")).expect("the cases can be listed");
    assert!(files.len() > 300, "only {} cases were found", files.len());
    let list = fs::read_to_string(directory.join("known-failures.txt")).expect("the list can be read");
    let known: BTreeSet<&str> =
        list.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')).collect();

    let results = run_files(&files, None);
    let failing: BTreeSet<&str> = results
        .iter()
        .filter(|result| !result.skipped && !result.passed())
        .map(|result| result.name.as_str())
        .collect();

    let broken: Vec<_> = failing.difference(&known).collect();
    let mended: Vec<_> = known.difference(&failing).collect();
    let unexpected: Vec<_> =
        results.iter().filter(|result| broken.contains(&&result.name.as_str())).cloned().collect();
    assert!(broken.is_empty(), "these cases fail: {broken:?}\n{}", report(&unexpected, false));
    assert!(mended.is_empty(), "these cases pass now, take them off the list: {mended:?}");
}
