//! A cache behind a trait of one's own: bounds on an impl of a trait, on its helpers, and on a free function.
use std::collections::BTreeMap;

pub trait Store<K, V> {
    fn fetch(&mut self, key: K) -> V;
}

pub struct Remembering<K, V, F> {
    made: BTreeMap<K, V>,
    make: F,
}

impl<K, V, F> Remembering<K, V, F> {
    pub fn with(make: F) -> Self {
        Self { made: BTreeMap::new(), make }
    }
}

impl<K, V, F: Fn(&K) -> V> Store<K, V> for Remembering<K, V, F> {
    fn fetch(&mut self, key: K) -> V {
        if let Some(known) = self.made.get(&key) {
            return known.clone();
        }
        let value = (self.make)(&key);
        self.made.insert(key, value.clone());
        value
    }
}

pub fn twice<K, V, S: Store<K, V>>(store: &mut S, key: K) -> bool {
    let first = store.fetch(key.clone());
    first == store.fetch(key)
}

#[test]
fn what_was_made_is_remembered() {
    let mut store = Remembering::with(|text: &&str| text.len());
    assert!(twice(&mut store, "abc"));
    assert_eq!(store.fetch("ab"), 2);
}
