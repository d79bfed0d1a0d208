/// A text together with its non-empty lines.
pub struct Document {
    text: String,
    lines: Vec<String>,
}

impl Document {
    pub fn new(text: String) -> Document {
        let lines = text.lines().map(|l| l.trim()).filter(|l| !l.is_empty()).map(String::from).collect();
        Document { text, lines }
    }

    pub fn read(bytes: &[u8]) -> Option<Document> {
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
        self.lines.get(n).map(String::as_str)
    }

    pub fn longest(&self) -> Option<&str> {
        self.lines.iter().map(String::as_str).max_by_key(|l| l.len())
    }
}
