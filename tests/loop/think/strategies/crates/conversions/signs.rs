//! Signs and bytes, and optional values that are borrowed.
pub struct Label {
    text: Option<String>,
    size: Option<u16>,
}

impl Label {
    pub fn text(&self) -> Option<&str> {
        self.text.as_ref()
    }

    pub fn title(&self) -> Option<&str> {
        self.text
    }
}

pub fn largest(labels: &[Label]) -> Option<u16> {
    let best: Option<u16> = labels.iter().filter_map(|label| label.size.as_ref()).max();
    best
}

pub fn initials(text: &str) -> String {
    let mut found = String::new();
    for word in text.split(' ') {
        let first = word.as_bytes()[0];
        if first == '#' || first == '!' {
            continue;
        }
        found.push(first);
    }
    found
}

#[test]
fn they_are_read() {
    let label = Label { text: Some("a".into()), size: Some(2) };
    assert_eq!((label.text(), label.title()), (Some("a"), Some("a")));
    assert_eq!(largest(&[label]), Some(2));
    assert_eq!(initials("go #x on"), "go");
}
