use std::collections::BTreeMap;

/// The words of a text in small letters, by their first letter.
pub fn by_initial(text: &str) -> BTreeMap<char, Vec<&str>> {
    let small = text.to_lowercase();
    let mut found: BTreeMap<char, Vec<&str>> = BTreeMap::new();
    for word in small.split_whitespace() {
        found.entry(word.chars().next().unwrap()).or_default().push(word);
    }
    found
}

pub fn pairs(text: &str) -> Vec<(&str, usize)> {
    let joined = text.replace('-', "");
    joined.split(' ').map(|word| (word, word.len())).collect()
}

#[test]
fn words_are_grouped() {
    let found = by_initial("Tea Cake tart");
    assert_eq!(found[&'t'], ["tea", "tart"]);
    assert_eq!(pairs("ice-cream pie")[0].1, 8);
}
