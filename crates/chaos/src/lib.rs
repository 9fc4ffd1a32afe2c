//! The real server binary and many real clients, with everything going wrong that can, for a bounded time; then every
//! client's record is held against the log.
//!
//! - [`run`] is the whole of it: a storm, a calm, an audit.
//! - What goes wrong: the server is killed (`-9`) and started again, its disk fills up, lines are cut at any byte,
//!   stalled, delayed and left half open (`proxy`), clients stop reading, leave, join, restart and crash (`guest`).
//! - What must hold is in [`check`], a pure function of the log and the records: no gap, no duplicate, no reordering, no
//!   lost or doubled post, nothing seen that is not on the log, no reset that the protocol does not allow.

mod audit;
pub mod check;
mod dice;
mod guest;
mod proxy;
pub mod record;
mod report;
mod server;
mod storm;
mod story;
pub mod tally;
mod wire;

pub use report::Report;
pub use storm::{Plan, run};
