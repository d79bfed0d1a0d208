//! Mills with a receiver in a field.
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;

pub struct Mill {
    sacks: Receiver<u64>,
    flour: Sender<u64>,
}

impl Mill {
    pub fn new(sacks: Receiver<u64>, flour: Sender<u64>) -> Self {
        Mill { sacks, flour }
    }

    fn grind(&self) {
        while let Ok(sack) = self.sacks.recv() {
            if self.flour.send(sack + 1).is_err() {
                return;
            }
        }
    }
}

pub fn ground(sacks: Vec<u64>, mills: usize) -> u64 {
    let (sender, receiver) = mpsc::channel();
    let (flour, ready) = mpsc::channel();
    let threads: Vec<_> = (0..mills)
        .map(|_| {
            let mill = Mill::new(receiver.clone(), flour.clone());
            thread::spawn(move || mill.grind())
        })
        .collect();
    for sack in sacks {
        sender.send(sack).unwrap();
    }
    drop((sender, flour));
    for thread in threads {
        thread.join().unwrap();
    }
    ready.try_iter().sum()
}

#[test]
fn everything_is_ground() {
    assert_eq!(ground(vec![1, 2, 3], 2), 9);
}
