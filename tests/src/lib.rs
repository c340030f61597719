//! What the tests that cross crates have in common: the harness for the golden cases.

mod conformance;

pub use conformance::{
    Aspect, CaseResult, StoreType, Totals, Verdict, case_files, report, run_files, totals,
};
