//! One piece of work, ordered by how urgent it is.

use std::cmp::Ordering;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    Low,
    Normal,
    High,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    Again,
    Failed(String),
}

pub struct Job<'j> {
    name: String,
    priority: Priority,
    born: u64,
    tries: u8,
    work: Box<dyn FnMut() -> Outcome + 'j>,
}

impl<'j> Job<'j> {
    pub(crate) fn new(name: String, priority: Priority, born: u64, work: Box<dyn FnMut() -> Outcome + 'j>) -> Self {
        Job { name, priority, born, tries: 0, work }
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn into_name(self) -> String {
        self.name
    }

    pub fn tries(&self) -> u8 {
        self.tries
    }

    pub fn work(&mut self) -> Outcome {
        self.tries += 1;
        (self.work)()
    }

    fn rank(&self) -> (Priority, std::cmp::Reverse<u64>) {
        (self.priority, std::cmp::Reverse(self.born))
    }
}

impl PartialEq for Job<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.rank() == other.rank()
    }
}

impl Eq for Job<'_> {}

impl PartialOrd for Job<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Job<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.rank().cmp(&other.rank())
    }
}
