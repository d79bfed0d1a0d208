//! Letters that are counted, weighed and listed by several threads.
use parallel::IntoPar;

pub struct Letter {
    pub grams: u16,
    pub to: Option<&'static str>,
}

pub fn heavy(letters: &[Letter], limit: u16) -> usize {
    let mut count = 0;
    letters.par_iter().for_each(|letter| {
        // heavier than is allowed
        if letter.grams > limit {
            count += 1;
        }
    });
    count
}

pub fn weight(letters: &[Letter]) -> u64 {
    let mut grams = 0;
    letters.par_iter().for_each(|letter| grams += u64::from(letter.grams));
    grams
}

pub fn towns(letters: &[Letter]) -> Vec<&'static str> {
    let mut towns = Vec::new();
    letters.par_iter().filter(|letter| letter.grams > 0).for_each(|letter| {
        if let Some(town) = letter.to {
            towns.push(town);
        }
    });
    towns
}

#[test]
fn letters_are_sorted() {
    let letters = [Letter { grams: 9, to: Some("Ulm") }, Letter { grams: 30, to: None }, Letter { grams: 3, to: Some("Aachen") }];
    assert_eq!((heavy(&letters, 5), weight(&letters)), (2, 42));
    assert_eq!(towns(&letters), ["Ulm", "Aachen"]);
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
