use std::cmp::Ordering;
use std::collections::BinaryHeap;

#[derive(Debug)]
pub struct Task {
    pub due: u32,
    pub name: String,
    pub weight: f32,
}

// the earliest first, of the same day the heavier one
impl Ord for Task {
    fn cmp(&self, other: &Self) -> Ordering {
        other.due.cmp(&self.due).then(self.weight.total_cmp(&other.weight))
    }
}

pub struct Agenda {
    heap: BinaryHeap<Task>,
}

impl Agenda {
    pub fn new() -> Self {
        Agenda { heap: BinaryHeap::new() }
    }

    pub fn add(&mut self, due: u32, name: &str, weight: f32) {
        self.heap.push(Task { due, name: name.to_string(), weight });
    }

    pub fn next(&mut self) -> Option<String> {
        self.heap.pop().map(|task| task.name)
    }
}

#[test]
fn the_earliest_comes_first() {
    let mut agenda = Agenda::new();
    agenda.add(9, "tax", 2.0);
    agenda.add(3, "milk", 0.1);
    agenda.add(3, "rent", 5.0);
    assert_eq!(agenda.next().as_deref(), Some("rent"));
    assert_eq!(agenda.next().as_deref(), Some("milk"));
    assert_eq!(agenda.next().as_deref(), Some("tax"));
    assert_eq!(agenda.next(), None);
}
