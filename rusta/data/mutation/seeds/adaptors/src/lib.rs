//! Iterator adaptors that the standard library does not have, as methods on every iterator.

use std::collections::HashMap;
use std::hash::Hash;
use std::iter::Fuse;

/// Neighbours two by two: `1 2 3` gives `(1, 2) (2, 3)`.
#[derive(Debug, Clone)]
pub struct Pairs<I: Iterator> {
    inner: I,
    last: Option<I::Item>,
}

impl<I> Iterator for Pairs<I>
where
    I: Iterator,
    I::Item: Clone,
{
    type Item = (I::Item, I::Item);

    fn next(&mut self) -> Option<Self::Item> {
        let left = match self.last.take() {
            Some(value) => value,
            None => self.inner.next()?,
        };
        let right = self.inner.next()?;
        self.last = Some(right.clone());
        Some((left, right))
    }
}

/// Runs of equal keys, each as a vector.
pub struct Runs<I: Iterator, F> {
    inner: Fuse<I>,
    key: F,
    held: Option<I::Item>,
}

impl<I, F, K> Iterator for Runs<I, F>
where
    I: Iterator,
    F: FnMut(&I::Item) -> K,
    K: PartialEq,
{
    type Item = (K, Vec<I::Item>);

    fn next(&mut self) -> Option<Self::Item> {
        let first = self.held.take().or_else(|| self.inner.next())?;
        let key = (self.key)(&first);
        let mut run = vec![first];
        for item in self.inner.by_ref() {
            if (self.key)(&item) != key {
                self.held = Some(item);
                break;
            }
            run.push(item);
        }
        Some((key, run))
    }
}

/// Two iterators in turn, until both are empty.
pub struct Weave<A, B> {
    left: A,
    right: B,
    turn: bool,
}

impl<T, A: Iterator<Item = T>, B: Iterator<Item = T>> Iterator for Weave<A, B> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.turn = !self.turn;
        if self.turn {
            self.left.next().or_else(|| self.right.next())
        } else {
            self.right.next().or_else(|| self.left.next())
        }
    }
}

pub trait More: Iterator + Sized {
    fn pairs(self) -> Pairs<Self> {
        Pairs { inner: self, last: None }
    }

    fn runs<F, K>(self, key: F) -> Runs<Self, F>
    where
        F: FnMut(&Self::Item) -> K,
    {
        Runs { inner: self.fuse(), key, held: None }
    }

    fn weave<J: IntoIterator<Item = Self::Item>>(self, other: J) -> Weave<Self, J::IntoIter> {
        Weave { left: self, right: other.into_iter(), turn: false }
    }

    fn counts(self) -> HashMap<Self::Item, usize>
    where
        Self::Item: Hash + Eq,
    {
        let mut counts = HashMap::new();
        self.for_each(|item| *counts.entry(item).or_insert(0) += 1);
        counts
    }

    /// The first item whose score is the largest.
    fn best<S: PartialOrd>(self, score: impl Fn(&Self::Item) -> S) -> Option<Self::Item> {
        let mut best: Option<(S, Self::Item)> = None;
        for item in self {
            let value = score(&item);
            match &best {
                Some((top, _)) if *top >= value => {}
                _ => best = Some((value, item)),
            }
        }
        best.map(|(_, item)| item)
    }
}

impl<I: Iterator> More for I {}

/// Multiplies by a factor that the closure carries with it.
pub fn scaler(factor: f64) -> impl Fn(f64) -> f64 {
    move |value| value * factor
}

pub fn compose<'f, A, B, C>(first: impl Fn(A) -> B + 'f, second: impl Fn(B) -> C + 'f) -> Box<dyn Fn(A) -> C + 'f> {
    Box::new(move |value| second(first(value)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours() {
        let names = ["a", "b", "c"].map(String::from);
        let joined: Vec<String> = names.into_iter().pairs().map(|(l, r)| l + &r).collect();
        assert_eq!(joined, ["ab", "bc"]);
        assert_eq!([1].into_iter().pairs().next(), None);
    }

    #[test]
    fn runs_and_counts() {
        let runs: Vec<_> = [1, 3, 2, 4, 5].into_iter().runs(|n| n % 2).collect();
        assert_eq!(runs, [(1, vec![1, 3]), (0, vec![2, 4]), (1, vec![5])]);
        assert_eq!("abca".chars().counts()[&'a'], 2);
    }

    #[test]
    fn weaving_and_choosing() {
        let woven: Vec<i32> = [1, 2].into_iter().weave(vec![10, 20, 30]).collect();
        assert_eq!(woven, [1, 10, 2, 20, 30]);
        assert_eq!(["bb", "cc", "a"].into_iter().best(|word| word.len()), Some("bb"));
    }

    #[test]
    fn closures_carry_what_they_need() {
        let twice = compose(scaler(2.0), |value: f64| format!("{value:.1}"));
        assert_eq!(twice(1.5), "3.0");
    }
}
