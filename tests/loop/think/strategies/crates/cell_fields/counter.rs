use std::sync::Arc;
use std::thread;

pub struct Counter {
    hits: u32,
    names: Vec<String>,
    limit: usize,
}

impl Counter {
    pub fn new(limit: usize) -> Self {
        Counter { hits: 0, names: Vec::new(), limit }
    }

    pub fn hit(&mut self, name: &str) {
        self.hits += 1;
        if self.names.len() < self.limit {
            self.names.push(name.to_string());
        }
    }

    pub fn hits(&self) -> u32 {
        self.hits
    }
}

pub fn run() -> (u32, usize) {
    let counter = Arc::new(Counter::new(2));
    let workers: Vec<_> = (0..4)
        .map(|n| {
            let counter = Arc::clone(&counter);
            thread::spawn(move || counter.hit(&n.to_string()))
        })
        .collect();
    for worker in workers {
        worker.join().unwrap();
    }
    (counter.hits(), counter.names.len())
}

#[test]
fn all_are_counted() {
    assert_eq!(run(), (4, 2));
}
