//! Random numbers for waits: not secret, but no two clients wait alike.

use std::hash::{BuildHasher, RandomState};

/// A source of random numbers, each client's own.
#[derive(Debug, Default)]
pub(crate) struct Jitter {
    seed: RandomState,
    drawn: u64,
}

impl Jitter {
    pub(crate) fn draw(&mut self) -> u64 {
        self.drawn = self.drawn.wrapping_add(1);
        self.seed.hash_one(self.drawn)
    }
}
