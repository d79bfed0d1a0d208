use std::collections::HashMap;

pub fn counted(text: &str) -> HashMap<&str, usize> {
    let lower = text.to_lowercase();
    let mut counts = HashMap::new();
    for word in lower.split(|c: char| !c.is_alphanumeric()) {
        if !word.is_empty() {
            *counts.entry(word).or_insert(0) += 1;
        }
    }
    counts
}

/// The most frequent words, the alphabetically first of equals first.
pub fn top(text: &str, n: usize) -> Vec<(&str, usize)> {
    let mut all: Vec<_> = counted(text).into_iter().collect();
    all.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
    all.truncate(n);
    all
}

#[test]
fn words_are_counted() {
    let counts = counted("The cat, the dog; THE end");
    assert_eq!(counts["the"], 3);
    assert_eq!(counts.len(), 4);
    let best = top("b a b a c", 2);
    assert_eq!(best[0].0, "a");
    assert_eq!(best[1].1, 2);
}
