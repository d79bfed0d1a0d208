//! The longest line of a poem.

pub struct Line {
    words: Vec<String>,
}

pub fn longest(lines: &[Line]) -> &str {
    let mut best = "";
    for line in lines {
        let joined = line.words.join(" ");
        if joined.len() > best.len() {
            best = &joined;
        }
    }
    best
}

#[test]
fn the_longest_is_found() {
    let line = |words: &[&str]| Line { words: words.iter().map(|one| one.to_string()).collect() };
    assert_eq!(longest(&[line(&["a", "b"]), line(&["c"])]), "a b");
    assert_eq!(longest(&[]), "");
}
