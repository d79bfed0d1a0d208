//! The nearest point first, with an order written by hand.
use std::cmp::Ordering;

#[derive(Clone, Debug, PartialEq)]
pub struct Visit {
    pub distance: f64,
    pub name: &'static str,
}

impl Eq for Visit {}

impl PartialOrd for Visit {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Visit {
    fn cmp(&self, other: &Self) -> Ordering {
        // the heap gives back the greatest
        other.distance.partial_cmp(&self.distance)
    }
}

pub mod route {
    use super::Visit;

    pub fn longest(visits: &[Visit], factor: f64) -> Option<&Visit> {
        visits.iter().max_by_key(|visit| visit.distance * factor)
    }
}

#[test]
fn the_nearest_is_first() {
    let visits = [Visit { distance: 2.0, name: "far" }, Visit { distance: 1.0, name: "near" }];
    let mut heap: std::collections::BinaryHeap<_> = visits.iter().cloned().collect();
    assert_eq!(heap.pop().unwrap().name, "near");
    assert_eq!(route::longest(&visits, 3.0).unwrap().name, "far");
}
