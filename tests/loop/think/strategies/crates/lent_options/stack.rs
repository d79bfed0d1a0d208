//! A stack of anything.
use std::fmt;
pub struct Stack<T> { items: Vec<T> }

impl Stack<T> {
    pub fn new() -> Self { Stack { items: Vec::new() } }
    pub fn push(&mut self, item: T) { self.items.push(item) }
    pub fn peek(&self) -> Option<T> { self.items.last() }
    pub fn contains(&self, item: &T) -> bool { self.items.iter().any(|i| i == item) }
    pub fn max(&self) -> Option<&T> { self.items.iter().max() }
}

impl fmt::Display for Stack<T> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for item in &self.items { write!(f, "[{}]", item)?; }
        Ok(())
    }
}
pub fn sample() -> String {
    let mut s = Stack::new();
    s.push(2); s.push(1);
    format!("{} {:?} {:?} {}", s, s.peek(), s.max(), s.contains(&2))
}
#[test]
fn t() { assert_eq!(sample(), "[2][1] Some(1) Some(2) true"); }
