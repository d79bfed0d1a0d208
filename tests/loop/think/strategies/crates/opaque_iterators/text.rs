//! Counts in a text, and running sums from their end.
pub fn words(text: &str) -> usize {
    text.split_whitespace().len()
}

pub fn vowels(text: &str) -> usize {
    text.chars().filter(|sign| "aeiou".contains(*sign)).len()
}

pub fn sums_from_the_end(numbers: &[i32]) -> Vec<i32> {
    let sums = numbers.iter().scan(0, |sum, number| {
        *sum += number;
        Some(*sum)
    });
    sums.rev().collect()
}

#[test]
fn counts() {
    assert_eq!(words("one two  three"), 3);
    assert_eq!(vowels("banana"), 3);
    assert_eq!(sums_from_the_end(&[1, 2, 3]), [6, 3, 1]);
}
