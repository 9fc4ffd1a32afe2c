//! Random numbers for the backoff: not secret, but different for each client.

use std::hash::{BuildHasher, RandomState};

/// A source of random numbers, seeded for each client by the standard library.
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
