//! A cache that forgets what was used least recently.

use std::borrow::Borrow;
use std::collections::HashMap;
use std::hash::Hash;

struct Slot<K, V> {
    key: K,
    value: V,
    used: u64,
}

/// Holds at most `capacity` values.
pub struct Lru<K, V> {
    slots: Vec<Slot<K, V>>,
    places: HashMap<K, usize>,
    capacity: usize,
    clock: u64,
}

impl<K: Hash + Eq + Clone, V> Lru<K, V> {
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a cache holds at least one value");
        Lru {
            slots: Vec::with_capacity(capacity),
            places: HashMap::new(),
            capacity,
            clock: 0,
        }
    }

    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Looks without counting as a use.
    pub fn peek<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Hash + Eq + ?Sized,
    {
        self.places.get(key).map(|&place| &self.slots[place].value)
    }

    pub fn get(&mut self, key: &K) -> Option<&mut V> {
        let place = *self.places.get(key)?;
        let now = self.tick();
        let slot = &mut self.slots[place];
        slot.used = now;
        Some(&mut slot.value)
    }

    /// Puts a value in, and returns what had to leave.
    pub fn put(&mut self, key: K, value: V) -> Option<(K, V)> {
        let now = self.tick();
        if let Some(&place) = self.places.get(&key) {
            let slot = &mut self.slots[place];
            slot.used = now;
            let old = std::mem::replace(&mut slot.value, value);
            return Some((key, old));
        }
        let gone = if self.slots.len() == self.capacity {
            self.evict()
        } else {
            None
        };
        self.places.insert(key.clone(), self.slots.len());
        self.slots.push(Slot { key, value, used: now });
        gone
    }

    fn evict(&mut self) -> Option<(K, V)> {
        let oldest = (0..self.slots.len()).min_by_key(|&place| self.slots[place].used)?;
        let slot = self.slots.swap_remove(oldest);
        self.places.remove(&slot.key);
        if let Some(moved) = self.slots.get(oldest) {
            self.places.insert(moved.key.clone(), oldest);
        }
        Some((slot.key, slot.value))
    }

    fn tick(&mut self) -> u64 {
        self.clock += 1;
        self.clock
    }

    /// Keys from the one used last to the one used first.
    pub fn keys(&self) -> Vec<&K> {
        let mut order: Vec<&Slot<K, V>> = self.slots.iter().collect();
        order.sort_by(|a, b| b.used.cmp(&a.used));
        order.into_iter().map(|slot| &slot.key).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_leaves() {
        let mut cache = Lru::new(2);
        cache.put("a", 1);
        cache.put("b", 2);
        assert_eq!(cache.get(&"a"), Some(&mut 1));
        assert_eq!(cache.put("c", 3), Some(("b", 2)));
        assert_eq!(cache.keys(), [&"c", &"a"]);
        assert_eq!(cache.len(), 2);
    }

    #[test]
    fn a_second_put_replaces() {
        let mut cache = Lru::new(1);
        assert!(cache.is_empty());
        cache.put(String::from("k"), 1);
        assert_eq!(cache.put(String::from("k"), 5), Some((String::from("k"), 1)));
        assert_eq!(cache.peek("k"), Some(&5));
        assert_eq!(cache.peek("z"), None);
    }

    #[test]
    fn a_value_can_be_changed_in_place() {
        let mut cache = Lru::new(3);
        cache.put(1, vec![1]);
        if let Some(list) = cache.get(&1) {
            list.push(2);
        }
        assert_eq!(cache.peek(&1), Some(&vec![1, 2]));
        assert!(cache.get(&9).is_none());
    }
}
