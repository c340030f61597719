//! What the harness prints.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::compare::Aspect;
use super::suite::CaseResult;

/// Differences longer than this are cut unless all is asked for.
const SHORT: usize = 240;

/// How many cases passed and failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Totals {
    /// Cases that are as expected in every aspect.
    pub passed: usize,
    /// Cases that are not.
    pub failed: usize,
}

/// Counts the cases that count.
pub fn totals(results: &[CaseResult]) -> Totals {
    let counted = results.iter().filter(|result| !result.skipped);
    let (passed, failed): (Vec<_>, Vec<_>) = counted.partition(|result| result.passed());
    Totals { passed: passed.len(), failed: failed.len() }
}

/// A line for each failing case and aspect, the table of aspects, and the totals.
pub fn report(results: &[CaseResult], verbose: bool) -> String {
    let mut text = String::new();
    for result in results.iter().filter(|result| !result.skipped) {
        for (aspect, difference) in &result.verdict {
            if let Some(difference) = difference {
                let difference = if verbose { difference.clone() } else { shortened(difference) };
                // Writing to a string cannot fail.
                let _ = writeln!(text, "FAIL {} [{aspect}] {difference}", result.name);
            }
        }
    }
    table(&mut text, results);
    let Totals { passed, failed } = totals(results);
    let _ = writeln!(text, "{passed} passed, {failed} failed");
    text
}

fn shortened(difference: &str) -> String {
    let line = difference.replace('\n', "\\n");
    if line.chars().count() <= SHORT {
        return line;
    }
    line.chars().take(SHORT).chain("…".chars()).collect()
}

fn table(text: &mut String, results: &[CaseResult]) {
    let mut counts: BTreeMap<Aspect, (usize, usize)> = BTreeMap::new();
    for result in results.iter().filter(|result| !result.skipped) {
        for (aspect, difference) in &result.verdict {
            let (passed, failed) = counts.entry(*aspect).or_default();
            *(if difference.is_none() { passed } else { failed }) += 1;
        }
    }
    let _ = writeln!(text, "{:<20} {:>7} {:>7}", "aspect", "passed", "failed");
    for aspect in Aspect::ALL {
        let (passed, failed) = counts.get(&aspect).copied().unwrap_or_default();
        let _ = writeln!(text, "{aspect:<20} {passed:>7} {failed:>7}");
    }
    let skipped = results.iter().filter(|result| result.skipped);
    let names: Vec<&str> = skipped.map(|result| result.name.as_str()).collect();
    if !names.is_empty() {
        let _ = writeln!(text, "skipped, as they show a defect of Kafka's: {}", names.join(", "));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result(name: &str, skipped: bool, difference: Option<&str>) -> CaseResult {
        let verdict = BTreeMap::from([(Aspect::Steps, difference.map(str::to_owned))]);
        CaseResult { name: name.to_owned(), skipped, verdict }
    }

    #[test]
    fn failures_come_first_and_totals_last() {
        let results =
            [result("good", false, None), result("bad", false, Some("a\nb")), result("bug", true, Some("c"))];
        let text = report(&results, false);
        assert!(text.starts_with("FAIL bad [steps] a\\nb\n"), "{text}");
        assert!(text.contains("skipped, as they show a defect of Kafka's: bug\n"), "{text}");
        assert!(text.ends_with("\n1 passed, 1 failed\n"), "{text}");
    }
}
