pub fn letters(word: &str) -> Vec<char> {
    let all = word.chars().collect::<Vec<char>>().sort();
    all
}

pub fn backwards(word: &str) -> String {
    let signs = letters(word).reverse();
    signs.iter().collect()
}

#[test]
fn letters_are_sorted() {
    assert_eq!(letters("dab"), ['a', 'b', 'd']);
    assert_eq!(backwards("dab"), "dba");
}
