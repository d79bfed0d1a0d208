//! Rules that are combined, with a trait of operators.
use std::ops::Not;

pub struct Rule<T> {
    test: Box<dyn Fn(&T) -> bool>,
}

impl<T> Rule<T> {
    pub fn holds(&self, value: &T) -> bool {
        (self.test)(value)
    }
}

impl<T: PartialOrd> Rule<T> {
    pub fn above(least: T) -> Self {
        Rule { test: Box::new(move |value| *value > least) }
    }
}

impl<T> Not for Rule<T> {
    type Output = Rule<T>;

    fn not(self) -> Rule<T> {
        Rule { test: Box::new(move |value| !self.holds(value)) }
    }
}

#[test]
fn rules_are_combined() {
    let rule = !Rule::above(3);
    assert!(rule.holds(&2));
    assert!(!rule.holds(&4));
}
