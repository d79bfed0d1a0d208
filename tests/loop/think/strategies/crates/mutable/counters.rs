//! Counters behind shared references: receivers, loops, map look-ups, parameters and their callers.
use std::collections::HashMap;

#[derive(Default)]
pub struct Counters {
    by_name: HashMap<String, u64>,
    all: Vec<u64>,
    last: Option<String>,
}

impl Counters {
    pub fn raise(&self, name: &str, by: u64) {
        if let Some(count) = self.by_name.get(name) {
            *count += by;
        } else {
            self.by_name.insert(name.to_owned(), by);
        }
        self.last = Some(name.to_owned());
    }

    pub fn double(&self) {
        for count in self.all.iter() {
            *count *= 2;
        }
        for (_, count) in &self.by_name {
            *count *= 2;
        }
    }

    pub fn push(&mut self, value: u64) {
        self.all.push(value);
    }

    pub fn sum(&self) -> u64 {
        self.all.iter().sum::<u64>() + self.by_name.values().sum::<u64>()
    }
}

pub fn fill(counters: &Counters, values: &[u64]) {
    for value in values {
        counters.push(*value);
        raise_all(counters, *value);
    }
}

fn raise_all(counters: &Counters, by: u64) {
    counters.raise("all", by);
}

pub fn filled(values: &[u64]) -> Counters {
    let counters = Counters::default();
    fill(&counters, values);
    counters.double();
    counters
}

#[test]
fn they_are_doubled() {
    assert_eq!(filled(&[1, 2]).sum(), 12);
}
