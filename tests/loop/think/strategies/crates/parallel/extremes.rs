//! The largest, whether there is one, and a list of what is computed, in methods.
use parallel::IntoPar;

pub struct Series(pub Vec<i32>);

impl Series {
    pub fn largest(&self) -> i32 {
        let mut best = i32::MIN;
        self.0.par_iter().for_each(|value| {
            if *value > best {
                best = *value;
            }
        });
        best
    }

    pub fn has_negative(&self) -> bool {
        let mut found = false;
        self.0.par_iter().for_each(|&value| if value < 0 { found = true; });
        found
    }

    pub fn halves(&self) -> Vec<i32> {
        let mut halves = Vec::with_capacity(self.0.len());
        self.0.par_iter().for_each(|value| {
            let half = value / 2;
            if half * 2 == *value {
                halves.push(half);
            }
        });
        halves
    }

    pub fn even(&self) -> usize {
        let mut even = 0;
        self.0.par_iter().for_each(|&value| {
            if value % 2 == 0 {
                even += 1;
            }
        });
        even
    }
}

#[test]
fn the_series_is_known() {
    let series = Series(vec![4, -3, 8]);
    assert_eq!((series.largest(), series.has_negative(), series.even()), (8, true, 2));
    assert_eq!(series.halves(), [2, 4]);
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
