//! Columns out of a text that is cleaned first.

/// The words of a text in lower case.
fn words(text: &str) -> Vec<&str> {
    let clean = text.to_lowercase();
    clean.split_whitespace().collect()
}

fn initials(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> = Vec::new();
    for word in words(text) {
        // only the first letter
        found.push(&word[..1]);
    }
    found
}

fn last(text: &str) -> Option<&str> {
    let clean = text.replace('-', " ");
    if clean.is_empty() {
        return None;
    }
    clean.split(' ').last()
}

#[test]
fn text_is_cleaned() {
    assert_eq!(words("A bC"), ["a", "bc"]);
    assert_eq!(initials("Ada Bob"), ["a", "b"]);
    assert_eq!(last("x-y"), Some("y").map(Into::into));
    assert_eq!(last(""), None);
}
