//! Seeded random numbers: the same seed gives the same numbers.

use std::{ops::Range, time::Duration};

pub(crate) use fastrand::Rng;

/// The generator of one part of a run, independent of those of the other parts.
pub(crate) fn for_part(seed: u64, part: u64) -> Rng {
    Rng::with_seed(seed ^ part.wrapping_mul(0xD1B5_4A32_D192_ED03))
}

/// A duration of a whole number of milliseconds in `range`, which must not be empty.
pub(crate) fn millis(rng: &mut Rng, range: Range<u64>) -> Duration {
    Duration::from_millis(rng.u64(range))
}
