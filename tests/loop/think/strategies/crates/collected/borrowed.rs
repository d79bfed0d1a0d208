//! Items that are references where values are wanted, and sums of another width.
use std::collections::HashSet;

#[derive(Debug, Clone, PartialEq)]
pub struct Tag(String);

pub fn even(numbers: &[u16]) -> Vec<u16> {
    numbers.iter().filter(|n| *n % 2 == 0).collect()
}

pub fn tags(all: &[Tag]) -> Vec<Tag> {
    all.iter().filter(|tag| !tag.0.is_empty()).collect()
}

pub fn words(text: &str) -> HashSet<String> {
    text.split_whitespace().collect()
}

pub fn length(words: &[String]) -> u64 {
    words.iter().map(|word| word.len()).sum()
}

pub fn weight(grams: &[u8]) -> u32 {
    grams.iter().sum::<u32>()
}

#[test]
fn values_are_given() {
    assert_eq!(even(&[1, 2, 4]), [2, 4]);
    assert_eq!(tags(&[Tag("a".into()), Tag(String::new())]), [Tag("a".into())]);
    assert!(words("so it is").contains("it"));
    assert_eq!(length(&["ab".into(), "c".into()]), 3);
    assert_eq!(weight(&[200, 200]), 400);
}
