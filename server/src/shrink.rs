//! Gives a map's memory back after it has had many more entries.

use std::{
    collections::HashMap,
    hash::{BuildHasher, Hash},
};

/// How many times the places that it needs a map may have.
const SPARE: usize = 4;
/// A map with fewer places is left alone.
const PLACES_MIN: usize = 64;

/// Shrinks a map that uses less than a quarter of its places. After a call for each removed entry
/// a map is shrunk once for each halving, so a removal costs what it did before.
pub(crate) fn shrink<K: Eq + Hash, V, S: BuildHasher>(map: &mut HashMap<K, V, S>) {
    if map.capacity() > PLACES_MIN && map.len() < map.capacity() / SPARE {
        map.shrink_to(map.len() * 2);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_map_that_was_large_is_small_again() {
        let mut map: HashMap<usize, usize> = (0..10_000).map(|n| (n, n)).collect();
        for n in 10..10_000 {
            map.remove(&n);
            shrink(&mut map);
            assert!(map.capacity() <= (map.len() * 8).max(PLACES_MIN * 2));
        }
        assert_eq!((0..10).filter(|n| map.contains_key(n)).count(), 10);
    }
}
