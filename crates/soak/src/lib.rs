//! `cargo xtask soak`: the release server under load and churn for an hour, at a quarter of what it
//! can do. What a server leaks, it leaks slowly: its last ten minutes are compared with the ten
//! minutes after it has warmed up.
//!
//! Real clients (`parlor-client`) post, react, edit, search and read back, and come and go as the
//! same member or as new ones. The session in each client checks that no entry is missing.

mod chart;
mod load;
mod member;
mod options;
mod report;
mod run;
mod sample;
mod verdict;

pub use options::Options;
pub use report::Report;
pub use run::run;
pub use sample::{Sample, Samples};
pub use verdict::{Comparison, Verdict};
