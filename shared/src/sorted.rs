//! A map whose keys lie in order, side by side.
//!
//! What a client keeps is small, or grows at its end as a log does. For that it is as fast as a tree; and in the page,
//! where every map is code of its own that somebody waits for, it is a tenth of one's size.

/// A map from keys to values, in the order of the keys. Made for few keys, or for keys that come at its end: elsewhere,
/// what lies behind the key is moved.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Sorted<K, V> {
    pairs: Vec<(K, V)>,
}

impl<K, V> Default for Sorted<K, V> {
    fn default() -> Self {
        Self::new()
    }
}

impl<K, V> Sorted<K, V> {
    /// An empty map.
    #[must_use]
    pub const fn new() -> Self {
        Self { pairs: Vec::new() }
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.pairs.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// All keys with their values, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.pairs.iter().map(|(key, value)| (key, value))
    }

    /// All keys with their values, in order.
    pub fn iter_mut(&mut self) -> impl Iterator<Item = (&K, &mut V)> {
        self.pairs.iter_mut().map(|(key, value)| (&*key, value))
    }

    /// All keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &K> {
        self.pairs.iter().map(|(key, _)| key)
    }

    /// All values, in the order of their keys.
    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.pairs.iter().map(|(_, value)| value)
    }

    /// All values, in the order of their keys.
    pub fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.pairs.iter_mut().map(|(_, value)| value)
    }

    /// Removes so many keys at the beginning: once for all of them, what lies behind is moved.
    pub fn remove_first(&mut self, count: usize) {
        self.pairs.drain(..count.min(self.pairs.len()));
    }

    /// Removes all keys.
    pub fn clear(&mut self) {
        self.pairs.clear();
    }

    /// Removes what this does not hold for.
    pub fn retain(&mut self, mut keep: impl FnMut(&K, &mut V) -> bool) {
        self.pairs.retain_mut(|(key, value)| keep(key, value));
    }
}

impl<K: Ord, V> Sorted<K, V> {
    /// Where the key is, or where it would be.
    fn place(&self, key: &K) -> Result<usize, usize> {
        self.pairs.binary_search_by(|(other, _)| other.cmp(key))
    }

    /// The value of this key.
    #[must_use]
    pub fn get(&self, key: &K) -> Option<&V> {
        let at = self.place(key).ok()?;
        self.pairs.get(at).map(|(_, value)| value)
    }

    /// The value of this key.
    pub fn get_mut(&mut self, key: &K) -> Option<&mut V> {
        let at = self.place(key).ok()?;
        self.pairs.get_mut(at).map(|(_, value)| value)
    }

    /// Whether the key is there.
    #[must_use]
    pub fn contains_key(&self, key: &K) -> bool {
        self.place(key).is_ok()
    }

    /// Gives the key this value; gives back the one it had.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.place(&key) {
            Ok(at) => Some(std::mem::replace(&mut self.pairs[at].1, value)),
            Err(at) => {
                self.pairs.insert(at, (key, value));
                None
            }
        }
    }

    /// The value of this key, which gets this one if it has none.
    pub fn or_insert_with(&mut self, key: K, value: impl FnOnce() -> V) -> &mut V {
        let at = match self.place(&key) {
            Ok(at) => at,
            Err(at) => {
                self.pairs.insert(at, (key, value()));
                at
            }
        };
        &mut self.pairs[at].1
    }

    /// Removes the key; gives back the value it had.
    pub fn remove(&mut self, key: &K) -> Option<V> {
        let at = self.place(key).ok()?;
        Some(self.pairs.remove(at).1)
    }

    /// The values of the keys from this one on.
    pub fn since<'a>(&'a self, key: &K) -> impl DoubleEndedIterator<Item = &'a V> + use<'a, K, V> {
        let from = self.place(key).unwrap_or_else(|at| at);
        self.pairs[from..].iter().map(|(_, value)| value)
    }

    /// The values of the keys before this one.
    pub fn before<'a>(&'a self, key: &K) -> impl DoubleEndedIterator<Item = &'a V> + use<'a, K, V> {
        let end = self.place(key).unwrap_or_else(|at| at);
        self.pairs[..end].iter().map(|(_, value)| value)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::{collection::vec, prelude::*};

    use super::*;

    proptest! {
        /// A tree is the same map.
        #[test]
        fn it_is_a_map_in_order(steps in vec((0..4_u8, 0..40_u8, any::<u16>()), 0..200)) {
            let (mut sorted, mut tree) = (Sorted::new(), BTreeMap::new());
            for (step, key, value) in steps {
                match step {
                    0 => assert_eq!(sorted.insert(key, value), tree.insert(key, value)),
                    1 => assert_eq!(sorted.remove(&key), tree.remove(&key)),
                    2 => assert_eq!(
                        sorted.or_insert_with(key, || value),
                        tree.entry(key).or_insert(value)
                    ),
                    _ => {
                        let count = usize::from(value % 3);
                        sorted.remove_first(count);
                        tree = tree.into_iter().skip(count).collect();
                    }
                }
                assert!(sorted.iter().eq(tree.iter()));
                assert_eq!(sorted.get(&key), tree.get(&key));
                assert!(sorted.since(&key).eq(tree.range(key..).map(|(_, value)| value)));
                assert!(sorted.before(&key).eq(tree.range(..key).map(|(_, value)| value)));
            }
        }
    }
}
