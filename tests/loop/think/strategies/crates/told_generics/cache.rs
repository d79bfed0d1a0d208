//! A cache in a field, without what it holds.
pub mod cache {
    use std::collections::HashMap;

    #[derive(Default)]
    pub struct Cache<V> {
        known: HashMap<String, V>,
    }

    impl<V: Copy> Cache<V> {
        pub fn get(&mut self, key: &str, make: impl Fn(&str) -> V) -> V {
            *self.known.entry(key.to_owned()).or_insert_with(|| make(key))
        }
    }
}

use cache::Cache;

pub struct Lengths {
    cache: Cache,
}

impl Lengths {
    pub fn new() -> Self {
        Lengths { cache: Cache::<usize>::default() }
    }

    pub fn of(&mut self, word: &str) -> usize {
        self.cache.get(word, |word| word.len())
    }
}

#[test]
fn lengths_are_kept() {
    assert_eq!(Lengths::new().of("four"), 4);
}
