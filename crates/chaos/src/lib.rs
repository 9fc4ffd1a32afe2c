//! Runs the real server binary with many real clients and injects faults for a bounded time; then
//! checks what every client observed against the log.
//!
//! - [`run`] is the whole run: faults, recovery, audit.
//! - Faults: the server is killed and started again; its disk fills up; connections are cut after
//!   any byte, stalled, delayed and left half open (`proxy`); clients stop reading, leave, join,
//!   restart and crash.
//! - Or several nodes over a stream in real servers of NATS (`nodes`): nodes and servers are killed
//!   and frozen, a byte of one server's store is flipped, and an older copy of all stores is put
//!   back.
//! - The clients are of every kind: that of `parlor-client` (`client`), that for JavaScript, run by
//!   Node.js (`js_client`), and two over HTTP, a stream of events and long polls (`http_client`).
//! - [`check`] is a pure function of the log and the clients' records. It finds gaps, duplicates,
//!   reorderings, lost and doubled posts, entries that are not on the log, and resets that the
//!   protocol does not allow.

mod audit;
pub mod check;
mod client;
mod clients;
mod entry_cache;
mod event_log;
mod follower;
mod http_client;
mod js_client;
mod js_process;
mod link;
mod nodes;
mod one;
mod phase;
mod plan;
mod proxy;
mod recent;
pub mod record;
mod report;
mod rng;
mod run;
mod server;
mod servers;
pub mod stats;
mod texts;

pub use plan::Plan;
pub use report::Report;
pub use run::run;
