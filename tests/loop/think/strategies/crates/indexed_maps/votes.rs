//! Votes are counted by name.
use std::collections::HashMap;

pub fn count(votes: &[&str]) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for vote in votes {
        counts[vote] += 1;
    }
    counts
}

pub struct Store { pub stock: HashMap<String, i64> }
impl Store {
    pub fn sell(&mut self, what: &str, n: i64) -> bool {
        if !self.stock.contains_key(what) || self.stock[what] < n {
            return false;
        }
        self.stock[what] -= n;
        true
    }
}
#[test]
fn t() {
    let c = count(&["a", "b", "a"]);
    assert_eq!((c["a"], c["b"]), (2, 1));
    let mut s = Store { stock: [("tea".to_string(), 3)].into() };
    assert!(s.sell("tea", 2) && !s.sell("tea", 2) && !s.sell("x", 1));
    assert_eq!(s.stock["tea"], 1);
}
