//! A map from ranges of integers to values: a later range overwrites what it covers.

use std::collections::BTreeMap;
use std::ops::Range;

#[derive(Debug, Clone)]
pub struct IntervalMap<V> {
    // start -> (end, value); ranges never overlap
    parts: BTreeMap<u32, (u32, V)>,
}

impl<V> Default for IntervalMap<V> {
    fn default() -> Self {
        IntervalMap { parts: BTreeMap::new() }
    }
}

impl<V: Clone + PartialEq> IntervalMap<V> {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn get(&self, at: u32) -> Option<&V> {
        let (_, (end, value)) = self.parts.range(..=at).next_back()?;
        if at < *end { Some(value) } else { None }
    }

    pub fn get_mut(&mut self, at: u32) -> Option<&mut V> {
        match self.parts.range_mut(..=at).next_back() {
            Some((_, (end, value))) if at < *end => Some(value),
            _ => None,
        }
    }

    pub fn insert(&mut self, range: Range<u32>, value: V) {
        if range.is_empty() {
            return;
        }
        self.clear(range.clone());
        let mut start = range.start;
        let mut end = range.end;
        if let Some((before, (until, old))) = self.parts.range(..start).next_back() {
            if *until == start && *old == value {
                start = *before;
            }
        }
        if let Some((until, old)) = self.parts.get(&end).cloned() {
            if old == value {
                self.parts.remove(&end);
                end = until;
            }
        }
        self.parts.insert(start, (end, value));
    }

    pub fn clear(&mut self, range: Range<u32>) {
        let touched: Vec<u32> = self
            .parts
            .range(..range.end)
            .filter(|(_, (end, _))| *end > range.start)
            .map(|(start, _)| *start)
            .collect();
        for start in touched {
            let Some((end, value)) = self.parts.remove(&start) else {
                continue;
            };
            if start < range.start {
                self.parts.insert(start, (range.start, value.clone()));
            }
            if end > range.end {
                self.parts.insert(range.end, (end, value));
            }
        }
    }

    pub fn iter(&self) -> Iter<'_, V> {
        Iter { inner: self.parts.iter() }
    }

    pub fn covered(&self) -> u32 {
        self.iter().map(|(range, _)| range.end - range.start).sum()
    }

    pub fn widest(&self) -> Option<(Range<u32>, &V)> {
        self.iter().max_by_key(|(range, _)| range.len())
    }
}

pub struct Iter<'m, V> {
    inner: std::collections::btree_map::Iter<'m, u32, (u32, V)>,
}

impl<'m, V> Iterator for Iter<'m, V> {
    type Item = (Range<u32>, &'m V);

    fn next(&mut self) -> Option<Self::Item> {
        let (start, (end, value)) = self.inner.next()?;
        Some((*start..*end, value))
    }
}

impl<'m, V: Clone + PartialEq> IntoIterator for &'m IntervalMap<V> {
    type Item = (Range<u32>, &'m V);
    type IntoIter = Iter<'m, V>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> IntervalMap<&'static str> {
        let mut map = IntervalMap::new();
        map.insert(0..10, "low");
        map.insert(20..30, "high");
        map.insert(5..25, "mid");
        map
    }

    #[test]
    fn later_ranges_cover_earlier_ones() {
        let map = sample();
        assert_eq!([map.get(4), map.get(5), map.get(25)], [Some(&"low"), Some(&"mid"), Some(&"high")]);
        assert_eq!(map.get(30), None);
        assert_eq!(map.covered(), 30);
        assert_eq!(map.widest(), Some((5..25, &"mid")));
    }

    #[test]
    fn equal_neighbours_become_one() {
        let mut map = sample();
        map.insert(5..20, "low");
        map.insert(25..28, "low");
        let parts: Vec<_> = (&map).into_iter().map(|(range, v)| (range.start, range.end, *v)).collect();
        assert_eq!(parts, [(0, 20, "low"), (20, 25, "mid"), (25, 28, "low"), (28, 30, "high")]);
    }

    #[test]
    fn values_change_in_place() {
        let mut map = sample();
        *map.get_mut(7).unwrap() = "new";
        assert_eq!(map.get(24), Some(&"new"));
        map.clear(0..100);
        assert!(map.get_mut(7).is_none());
    }
}
