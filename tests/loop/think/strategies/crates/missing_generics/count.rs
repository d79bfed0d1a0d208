use std::collections::BTreeMap;
pub fn count(words: &[&str]) -> BTreeMap {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for word in words {
        *seen.entry(word.to_string()).or_insert(0) += 1;
    }
    seen
}
#[test]
fn t() {
    assert_eq!(count(&["a", "a"])["a"], 2);
}
