//! Buckets of names, by length.
pub struct Buckets<const N: usize> {
    names: [Vec<String>; N],
}

impl<const N: usize> Buckets<N> {
    pub fn new() -> Self {
        Buckets { names: [Vec::new(); N] }
    }

    pub fn put(&mut self, name: &str) {
        self.names[name.len() % N].push(name.to_owned());
    }

    pub fn counts(&self) -> [usize; N] {
        self.names.iter().map(|names| names.len()).collect()
    }
}

impl<const N: usize> Default for Buckets<N> {
    fn default() -> Self {
        Self::new()
    }
}

#[test]
fn names_are_counted() {
    let mut buckets = Buckets::<3>::default();
    buckets.put("ann");
    buckets.put("bo");
    buckets.put("eve");
    assert_eq!(buckets.counts(), [2, 0, 1]);
}
