//! Votes are tallied by several workers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};

struct Ballots {
    votes: Vec<String>,
    valid: Vec<String>,
}

impl Ballots {
    fn counts(&self, vote: &str) -> bool {
        self.valid.iter().any(|one| one == vote)
    }

    fn tally(&self) -> HashMap<String, usize> {
        let totals = Arc::new(Mutex::new(HashMap::new()));
        let mut workers = Vec::new();
        for part in 0..2 {
            workers.push(std::thread::spawn(move || {
                for vote in self.votes.iter().skip(part).step_by(2) {
                    if self.counts(vote) {
                        *totals.lock().unwrap().entry(vote.clone()).or_insert(0) += 1;
                    }
                }
            }));
        }
        for worker in workers {
            worker.join().unwrap();
        }
        let found = totals.lock().unwrap().clone();
        found
    }
}

#[test]
fn only_valid_votes_count() {
    let words = |all: &[&str]| all.iter().map(|one| one.to_string()).collect::<Vec<_>>();
    let ballots = Ballots { votes: words(&["x", "y", "x", "z"]), valid: words(&["x", "y"]) };
    assert_eq!(ballots.tally(), HashMap::from([("x".to_owned(), 2), ("y".to_owned(), 1)]));
}
