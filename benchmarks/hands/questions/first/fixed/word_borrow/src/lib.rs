//! Words of a text, in the form in which an index lists them.

use std::borrow::Cow;

/// A word of the text, and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub struct Word<'t> {
    pub text: Cow<'t, str>,
    pub line: usize,
}

/// The form for the index: lower case, without quotes around it and without `'s`.
fn form(raw: &str) -> Cow<'_, str> {
    let raw = raw.trim_matches('"');
    let raw = raw.strip_suffix("'s").unwrap_or(raw);
    if raw.chars().any(char::is_uppercase) {
        Cow::Owned(raw.to_lowercase())
    } else {
        Cow::Borrowed(raw)
    }
}

/// All words, in the order of the text.
pub fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    for (number, line) in text.lines().enumerate() {
        for raw in line.split(|c: char| c.is_whitespace() || c == ',' || c == '.') {
            if !raw.is_empty() {
                words.push(Word { text: form(raw), line: number + 1 });
            }
        }
    }
    words
}

/// The words under each initial, the initial in upper case.
pub fn index(text: &str) -> Vec<(char, Vec<String>)> {
    let mut words = words(text);
    words.sort_by(|a, b| a.text.cmp(&b.text));
    let mut index: Vec<(char, Vec<String>)> = Vec::new();
    for word in words {
        let initial = word.text.chars().next().unwrap_or('?').to_ascii_uppercase();
        let entry = format!("{} {}", word.text, word.line);
        match index.last_mut() {
            Some((last, entries)) if *last == initial => entries.push(entry),
            _ => index.push((initial, vec![entry])),
        }
    }
    index
}
