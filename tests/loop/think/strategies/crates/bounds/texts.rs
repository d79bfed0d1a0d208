//! Labels from whatever can be read as text.

pub fn label<S>(name: S, size: usize) -> String {
    let name = name.as_ref();
    format!("{name:>size$}")
}

pub fn initials<S: AsRef<str>>(name: S) -> String {
    name.as_ref().split(' ').filter_map(|word| word.chars().next()).collect()
}

#[test]
fn labels_end_at_the_same_column() {
    assert_eq!(label("ab", 4), "  ab");
    assert_eq!(label(String::from("abc"), 4), " abc");
    assert_eq!(initials("Ada Lovelace"), "AL");
}
