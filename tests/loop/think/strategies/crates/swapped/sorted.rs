//! A sort by hand.
use std::mem::swap;

pub fn sort(numbers: &mut [i32]) {
    for end in (1..numbers.len()).rev() {
        for at in 0..end {
            if numbers[at] > numbers[at + 1] {
                // the larger one goes up
                swap(&mut numbers[at], &mut numbers[at + 1]);
            }
        }
    }
}

#[test]
fn numbers_are_sorted() {
    let mut numbers = [3, 1, 2];
    sort(&mut numbers);
    assert_eq!(numbers, [1, 2, 3]);
}
