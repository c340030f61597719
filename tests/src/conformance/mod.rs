//! The golden cases: what real Kafka Streams does with a topology, compared with what this library does.

mod case;
mod compare;
mod contents;
mod decode;
mod diff;
mod functions;
mod hex;
mod keys;
mod op;
mod ops;
mod processors;
mod report;
mod run;
mod shown;
mod suite;
mod values;

pub use compare::{Aspect, Verdict};
pub use report::{Totals, report, totals};
pub use suite::{CaseResult, Variation, case_files, run_files};
