//! Runs many cases, over several threads.

use std::any::Any;
use std::cell::RefCell;
use std::fs;
use std::io;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, Once, PoisonError};
use std::thread;

use super::case::{Case, Expect};
use super::compare::{Aspect, Verdict, all_fail, compare};
use super::run::run;

/// What became of one case file.
#[derive(Debug, Clone)]
pub struct CaseResult {
    /// The case's name.
    pub name: String,
    /// Whether it shows a defect of Kafka's and therefore does not count.
    pub skipped: bool,
    /// The differences.
    pub verdict: Verdict,
}

impl CaseResult {
    /// Whether every aspect is as expected.
    pub fn passed(&self) -> bool {
        self.verdict.values().all(Option::is_none)
    }
}

/// How cases are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Variation {
    /// As they say.
    #[default]
    None,
    /// With the DSL's stores in memory instead of on disk and the reverse; what the case says to differ then is not
    /// compared.
    OtherStore,
    /// With restarts of the application between steps; only cases whose processors remember nothing but what is in
    /// their stores and changelogs.
    Restarts,
}

/// All case files in a directory and below it, sorted; a file stands for itself.
///
/// # Errors
/// A directory cannot be read.
pub fn case_files(path: &Path) -> io::Result<Vec<PathBuf>> {
    if path.is_file() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(path)? {
        let path = entry?.path();
        if path.is_dir() {
            files.extend(case_files(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "json") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// Runs the cases of those files whose name or features contain `filter`, in the order of the files.
pub fn run_files(files: &[PathBuf], filter: Option<&str>, variation: Variation) -> Vec<CaseResult> {
    keep_panics_quiet();
    let next = AtomicUsize::new(0);
    let results: Mutex<Vec<(usize, CaseResult)>> = Mutex::default();
    let threads = thread::available_parallelism().map_or(1, usize::from).min(files.len().max(1));
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, file)) = take(&next, files) {
                    if let Some(result) = run_file(file, filter, variation) {
                        results.lock().unwrap_or_else(PoisonError::into_inner).push((index, result));
                    }
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap_or_else(PoisonError::into_inner);
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn take<'a>(next: &AtomicUsize, files: &'a [PathBuf]) -> Option<(usize, &'a PathBuf)> {
    let index = next.fetch_add(1, Ordering::Relaxed);
    files.get(index).map(|file| (index, file))
}

fn run_file(file: &Path, filter: Option<&str>, variation: Variation) -> Option<CaseResult> {
    let name = file.file_stem().map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    match read(file) {
        Ok(case) if variation == Variation::Restarts && !case.survives_restarts() => None,
        Ok(case) => matches(&case, filter).then(|| CaseResult {
            name,
            skipped: case.shows_kafka_bug(),
            verdict: judge_varied(case, variation),
        }),
        Err(reason) => filter.is_none_or(|filter| name.contains(filter)).then(|| CaseResult {
            name,
            skipped: false,
            verdict: Verdict::from([(Aspect::Steps, Some(format!("the file cannot be read: {reason}")))]),
        }),
    }
}

fn read(file: &Path) -> Result<Case, String> {
    let text = fs::read_to_string(file).map_err(|error| error.to_string())?;
    serde_json::from_str(&text).map_err(|error| error.to_string())
}

fn matches(case: &Case, filter: Option<&str>) -> bool {
    let Some(filter) = filter else { return true };
    case.name.contains(filter) || case.features.iter().any(|feature| feature == filter)
}

fn judge_varied(case: Case, variation: Variation) -> Verdict {
    match variation {
        Variation::None => judge(&case, false),
        Variation::Restarts => judge(&case, true),
        Variation::OtherStore => {
            let differs = case.other_store_differs_in.clone();
            let mut verdict = judge(&case.on_other_store(), false);
            verdict.retain(|aspect, _| !differs.iter().any(|part| part == aspect.part()));
            verdict
        }
    }
}

/// Runs and compares one case; a panic is a failure like any other.
pub(crate) fn judge(case: &Case, restarts: bool) -> Verdict {
    let result = panic::catch_unwind(AssertUnwindSafe(|| compare(case, &run(case, restarts))));
    result.unwrap_or_else(|panic| all_fail_by_panic(&case.expect, &*panic))
}

fn all_fail_by_panic(expect: &Expect, panic: &(dyn Any + Send)) -> Verdict {
    let message = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    let place = PLACE.with(RefCell::take).unwrap_or_default();
    all_fail(expect, &format!("panicked{place}: {message}"))
}

thread_local! {
    /// Where this thread panicked last.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Panics are reported as failures of their case, not on standard error.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if thread::current().name().is_some_and(|name| name != "main") {
                // A test's own thread, whose panics its harness wants to see.
                before(info);
            }
            let place = info.location().map(|place| format!(" at {place}"));
            PLACE.with(|slot| *slot.borrow_mut() = place);
        }));
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(ops: &str, expect: &str) -> Case {
        let text = format!(
            r#"{{"name": "c", "ops": {ops}, "steps": [{{"pipe": {{"topic": "in", "key": "a", "value": "x", "ts": 1}}}}],
                "expect": {expect}}}"#
        );
        serde_json::from_str(&text).unwrap()
    }

    const COPY: &str =
        r#"[{"id": "s", "op": "stream", "topic": "in"}, {"op": "to", "from": "s", "topic": "out"}]"#;

    #[test]
    fn a_case_that_fits_passes() {
        let case = case(COPY, r#"{"steps": [[{"topic": "out", "key": "a", "value": "x", "ts": 1}]]}"#);
        let verdict = judge(&case, false);
        assert!(verdict.values().all(Option::is_none), "{verdict:?}");
    }

    #[test]
    fn a_case_that_does_not_fit_fails_in_its_aspects() {
        let case =
            case(COPY, r#"{"steps": [[{"topic": "out", "key": "a", "value": "y", "ts": 1}]], "stores": {}}"#);
        let verdict = judge(&case, false);
        assert!(verdict[&Aspect::Steps].as_ref().unwrap().contains("expected {out: key \"a\", value \"y\""));
        assert_eq!(verdict[&Aspect::Stores], None);
    }

    #[test]
    fn an_unknown_operator_is_a_failure_with_a_reason() {
        let case = case(r#"[{"id": "s", "op": "teleport", "topic": "in"}]"#, r#"{"steps": [[]]}"#);
        let verdict = judge(&case, false);
        assert_eq!(verdict[&Aspect::Steps].as_deref(), Some("operator `teleport` is not available"));
    }

    #[test]
    fn a_missing_refusal_is_a_failure() {
        let case = case(COPY, r#"{"error": {"phase": "build", "class": "a.TopologyException"}}"#);
        assert!(judge(&case, false)[&Aspect::Error].as_ref().unwrap().starts_with("not refused"));
    }
}
