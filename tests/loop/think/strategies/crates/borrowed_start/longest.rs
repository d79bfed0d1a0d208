/// The longest word.
pub fn longest(words: &[String]) -> Option<&String> {
    if words.is_empty() {
        return None;
    }
    let mut found = words[0];
    for word in words.iter().skip(1) {
        if word.len() > found.len() {
            found = word;
        }
    }
    Some(found)
}

#[test]
fn it_finds() {
    let words = ["ox".to_string(), "hen".to_string(), "cow".to_string()];
    assert_eq!(longest(&words).unwrap(), "hen");
}
