//! Votes from several booths.
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

pub struct Booth {
    votes: Arc<RefCell<HashMap<String, u32>>>,
}

impl Booth {
    fn vote(&self, name: &str) {
        *self.votes.borrow_mut().entry(name.to_string()).or_insert(0) += 1;
    }
}

pub fn counted(ballots: Vec<Vec<&'static str>>) -> HashMap<String, u32> {
    let votes = Arc::new(RefCell::new(HashMap::new()));
    let mut booths = Vec::new();
    for ballot in ballots {
        let booth = Booth { votes: votes.clone() };
        booths.push(std::thread::spawn(move || {
            for name in &ballot {
                booth.vote(name);
            }
        }));
    }
    for booth in booths {
        booth.join().unwrap();
    }
    let seen = format!("{} names", votes.borrow().len());
    assert!(seen.starts_with('2'), "{:?}", votes.borrow());
    Arc::try_unwrap(votes).expect("all booths are closed").into_inner()
}

#[test]
fn votes_are_counted() {
    let counted = counted(vec![vec!["ada", "bob"], vec!["ada"]]);
    assert_eq!(counted["ada"], 2);
}
