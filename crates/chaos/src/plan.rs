//! What to run.

use std::path::PathBuf;

/// The parameters of a chaos run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The server's binary.
    pub server: PathBuf,
    /// How long faults are injected.
    pub seconds: u64,
    /// The seed of all random numbers. The same seed gives the same faults and actions in the same
    /// order, but not with exactly the same timing.
    pub seed: u64,
    /// How many clients there are.
    pub clients: usize,
}
