//! A counter that several workers share.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Mutex;
use std::thread;

pub fn run(workers: usize, each: usize) -> (usize, Vec<usize>) {
    let count = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    let mut handles = vec![];
    for worker in 0..workers {
        let handle = thread::spawn(|| {
            for _ in 0..each {
                count.fetch_add(1, Ordering::Relaxed);
            }
            done.lock().unwrap().push(worker);
        });
        handles.push(handle);
    }
    for handle in handles {
        handle.join().unwrap();
    }
    let mut names = done.lock().unwrap().clone();
    names.sort();
    (count.load(Ordering::Relaxed), names)
}

#[test]
fn all_are_counted() {
    assert_eq!(run(3, 5), (15, vec![0, 1, 2]));
}
