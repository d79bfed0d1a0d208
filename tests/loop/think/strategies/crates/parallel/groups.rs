//! A map that is filled by several threads has a lock.
use parallel::IntoPar;
use std::collections::BTreeMap;

pub fn groups(words: &[String]) -> BTreeMap<usize, Vec<String>> {
    let mut groups: BTreeMap<usize, Vec<String>> = BTreeMap::new();
    let mut all = 0;
    words.par_iter().for_each(|word| {
        groups.entry(word.len()).or_default().push(word.clone());
        all += 1;
    });
    assert_eq!(all, words.len());
    groups
}

#[test]
fn words_of_a_length_are_together() {
    let words = ["oak".to_string(), "ash".into(), "lime".into()];
    let groups = groups(&words);
    assert_eq!((groups[&3].len(), groups[&4].len()), (2, 1));
}

/// As rayon's: what is handed in may run on several threads, so it is an `Fn`.
pub mod parallel {
    pub struct Par<I>(I);

    pub trait IntoPar {
        type Item;
        fn par_iter(&self) -> Par<std::slice::Iter<'_, Self::Item>>;
    }

    impl<T> IntoPar for [T] {
        type Item = T;

        fn par_iter(&self) -> Par<std::slice::Iter<'_, T>> {
            Par(self.iter())
        }
    }

    impl<I: Iterator> Par<I> {
        pub fn for_each<F: Fn(I::Item) + Sync>(self, f: F) {
            self.0.for_each(f)
        }

        pub fn map<R, F: Fn(I::Item) -> R + Sync>(self, f: F) -> Par<impl Iterator<Item = R>> {
            Par(self.0.map(f))
        }

        pub fn filter<F: Fn(&I::Item) -> bool + Sync>(self, f: F) -> Par<impl Iterator<Item = I::Item>> {
            Par(self.0.filter(f))
        }

        pub fn filter_map<R, F: Fn(I::Item) -> Option<R> + Sync>(self, f: F) -> Par<impl Iterator<Item = R>> {
            Par(self.0.filter_map(f))
        }

        pub fn any<F: Fn(I::Item) -> bool + Sync>(mut self, f: F) -> bool {
            self.0.any(f)
        }

        pub fn reduce<F: Fn(I::Item, I::Item) -> I::Item + Sync>(self, first: impl Fn() -> I::Item, f: F) -> I::Item {
            self.0.fold(first(), f)
        }

        pub fn count(self) -> usize {
            self.0.count()
        }

        pub fn sum<S: std::iter::Sum<I::Item>>(self) -> S {
            self.0.sum()
        }

        pub fn collect<C: FromIterator<I::Item>>(self) -> C {
            self.0.collect()
        }
    }
}
