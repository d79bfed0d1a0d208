//! Sums over parts of a list, at once.

use std::thread;
use std::thread::JoinHandle;

/// The sum of all, counted by several threads.
pub fn total(numbers: &[u64], parts: usize) -> u64 {
    let size = numbers.len().div_ceil(parts.max(1)).max(1);
    let mut threads: Vec<JoinHandle<u64>> = Vec::new();
    for part in numbers.chunks(size) {
        threads.push(thread::spawn(|| part.iter().sum()));
    }
    let mut sum = 0;
    for one in threads {
        sum += one.join().unwrap();
    }
    sum
}

#[test]
fn parts_make_the_whole() {
    assert_eq!(total(&(1..=100).collect::<Vec<_>>(), 3), 5050);
    assert_eq!(total(&[], 3), 0);
}
