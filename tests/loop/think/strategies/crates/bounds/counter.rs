//! Counts things, and lists what came most often; several bounds are missing, in two impls and a function.
use std::collections::HashMap;

pub struct Tally<T> {
    counts: HashMap<T, usize>,
}

impl<T> Tally<T> {
    pub fn empty() -> Self {
        Tally { counts: HashMap::new() }
    }

    pub fn add(&mut self, thing: T) -> usize {
        let count = self.counts.entry(thing).or_insert(0);
        *count += 1;
        *count
    }

    pub fn most(&self) -> Option<(T, usize)> {
        self.counts.iter().max_by_key(|(thing, count)| (**count, *thing)).map(|(thing, count)| (thing.clone(), *count))
    }
}

impl<T> Extend<T> for Tally<T> {
    fn extend<I: IntoIterator<Item = T>>(&mut self, things: I) {
        for thing in things {
            self.add(thing);
        }
    }
}

// a free function with a where clause
pub fn told<T>(tally: &Tally<T>) -> String
where
    T: Clone,
{
    match tally.most() {
        Some((thing, count)) => format!("{thing}: {count}"),
        None => String::new(),
    }
}

#[test]
fn what_came_most_is_told() {
    let mut tally = Tally::empty();
    tally.extend(["ash", "elm", "ash"]);
    assert_eq!(told(&tally), "ash: 2");
}
