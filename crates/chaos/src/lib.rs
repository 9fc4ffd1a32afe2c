//! Runs the real server binary with many real clients and injects faults for a bounded time; then
//! checks what every client observed against the log.
//!
//! - [`run`] is the whole run: faults, recovery, audit.
//! - Faults: the server is killed and started again; its disk fills up; connections are cut after
//!   any byte, stalled, delayed and left half open (`proxy`); clients stop reading, leave, join,
//!   restart and crash (`client`).
//! - [`check`] is a pure function of the log and the clients' records. It finds gaps, duplicates,
//!   reorderings, lost and doubled posts, entries that are not on the log, and resets that the
//!   protocol does not allow.

mod audit;
pub mod check;
mod client;
mod entry_cache;
mod event_log;
mod link;
mod phase;
mod plan;
mod proxy;
pub mod record;
mod report;
mod rng;
mod run;
mod server;
pub mod stats;

pub use plan::Plan;
pub use report::Report;
pub use run::run;
