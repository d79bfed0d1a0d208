/// A text together with its non-empty lines.
pub struct Document<'a> {
    text: String,
    lines: Vec<&'a str>,
}

impl<'a> Document<'a> {
    pub fn new(text: String) -> Document<'a> {
        let lines = text.lines().map(|l| l.trim()).filter(|l| !l.is_empty()).collect();
        Document { text, lines }
    }

    pub fn read(bytes: &[u8]) -> Option<Document<'a>> {
        let text = String::from_utf8(bytes.to_vec()).ok()?;
        Some(Document::new(text))
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    pub fn count(&self) -> usize {
        self.lines.len()
    }

    pub fn line(&self, n: usize) -> Option<&str> {
        self.lines.get(n).copied()
    }

    pub fn longest(&self) -> Option<&str> {
        self.lines.iter().copied().max_by_key(|l| l.len())
    }
}
