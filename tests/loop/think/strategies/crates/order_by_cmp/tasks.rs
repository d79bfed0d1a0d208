use std::cmp::Ordering;
use std::collections::BinaryHeap;
pub struct Task { due: u32, name: String }
impl Ord for Task {
    fn cmp(&self, other: &Self) -> Ordering { other.due.cmp(&self.due) }
}
pub fn first() -> String {
    let mut h = BinaryHeap::new();
    h.push(Task { due: 5, name: "b".into() });
    h.push(Task { due: 2, name: "a".into() });
    h.pop().unwrap().name
}
#[test]
fn t() { assert_eq!(first(), "a"); }
