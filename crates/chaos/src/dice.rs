//! Chance that can be repeated: the same seed throws the same.

use std::{ops::Range, time::Duration};

/// `SplitMix64` (Steele, Lea, Flood, 2014).
#[derive(Debug, Clone)]
pub(crate) struct Dice(u64);

impl Dice {
    /// The dice of one part of a run, each with throws of its own.
    pub(crate) fn of(seed: u64, part: u64) -> Self {
        let mut dice = Self(seed);
        dice.0 ^= part.wrapping_mul(0xD1B5_4A32_D192_ED03);
        dice.throw();
        dice
    }

    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number of the range, which is not empty.
    pub(crate) fn of_range(&mut self, range: Range<u64>) -> u64 {
        range.start + self.throw() % (range.end - range.start).max(1)
    }

    /// A time of so many milliseconds.
    pub(crate) fn ms(&mut self, range: Range<u64>) -> Duration {
        Duration::from_millis(self.of_range(range))
    }

    /// One of these; `None` where there are none.
    pub(crate) fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        let index = self.of_range(0..of.len() as u64) as usize;
        of.get(index)
    }
}
