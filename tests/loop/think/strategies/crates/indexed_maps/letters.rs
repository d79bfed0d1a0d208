use std::collections::HashMap;

pub fn letters(text: &str) -> HashMap<char, usize> {
    let mut found: HashMap<char, usize> = HashMap::new();
    for letter in text.chars() {
        found[&letter] += 1;
    }
    found
}

#[test]
fn it_counts() {
    let found = letters("noon");
    assert_eq!((found[&'n'], found[&'o']), (2, 2));
}
