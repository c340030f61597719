//! What the tests that cross crates have in common: the harness for the golden cases.

mod conformance;

pub use conformance::{
    Aspect, CaseResult, Totals, Variation, Verdict, case_files, report, run_files, totals,
};
