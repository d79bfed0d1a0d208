//! A crew whose threads are joined at the end, one by one.
use std::thread::{spawn, JoinHandle};

struct Sailor {
    name: String,
    thread: JoinHandle<u32>,
}

pub struct Crew {
    sailors: Vec<Sailor>,
    cooks: Vec<JoinHandle<u32>>,
}

impl Crew {
    pub fn new(names: &[&str]) -> Self {
        let sailors = names
            .iter()
            .map(|name| {
                let length = name.len() as u32;
                Sailor { name: name.to_string(), thread: spawn(move || length) }
            })
            .collect();
        Crew { sailors, cooks: vec![spawn(|| 1), spawn(|| 2)] }
    }

    /// Wait for all of them.
    pub fn wait(&mut self) -> Vec<(String, u32)> {
        let mut all = Vec::new();
        for sailor in self.sailors.iter_mut() {
            all.push((sailor.name.clone(), sailor.thread.join().unwrap()));
        }
        all
    }

    pub fn meals(&mut self) -> u32 {
        self.cooks.iter().map(|cook| cook.join().unwrap()).sum()
    }
}

#[test]
fn everybody_is_waited_for() {
    let mut crew = Crew::new(&["ann", "bo"]);
    assert_eq!(crew.wait(), [("ann".to_string(), 3), ("bo".to_string(), 2)]);
    assert_eq!(crew.meals(), 3);
    assert!(crew.wait().is_empty());
}
