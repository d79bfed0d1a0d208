//! A stack whose impls forgot their parameter.
use std::fmt;

pub struct Stack<T: Clone> {
    items: Vec<T>,
}

impl Stack {
    pub fn new() -> Self {
        Stack { items: Vec::new() }
    }

    pub fn push(&mut self, item: T) -> &mut Self {
        self.items.push(item);
        self
    }

    pub fn top(&self) -> Option<T> {
        self.items.last().cloned()
    }
}

impl<T: Clone> fmt::Display for Stack {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{} items", self.items.len())
    }
}

#[test]
fn items_are_stacked() {
    let mut stack = Stack::new();
    stack.push(1).push(2);
    assert_eq!(stack.top(), Some(2));
    assert_eq!(stack.to_string(), "2 items");
}
