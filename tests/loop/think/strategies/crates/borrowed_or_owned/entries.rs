//! Entries of a log, with a constructor in an impl.
pub struct Entry<'a> {
    level: &'a str,
    text: &'a str,
}

impl<'a> Entry<'a> {
    pub fn new(level: &'a str, text: &'a str) -> Self {
        Entry { level, text }
    }

    pub fn upper(text: &'a str) -> Self {
        Self { level: "info", text: &text.to_uppercase() }
    }

    pub fn line(&self) -> String {
        format!("{}: {}", self.level, self.text)
    }

    pub fn is(&self, other: &str) -> bool {
        other.contains(self.text)
    }
}

#[test]
fn entries_are_written() {
    assert_eq!(Entry::new("warn", "low").line(), "warn: low");
    assert_eq!(Entry::upper("low").line(), "info: LOW");
    assert!(Entry::new("warn", "low").is("below"));
}
