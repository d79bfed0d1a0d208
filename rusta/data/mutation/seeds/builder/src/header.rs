//! Headers in the order they were set; setting one twice keeps the later value.

#[derive(Debug, Clone, Default, PartialEq)]
pub struct Headers<'a> {
    list: Vec<(&'a str, String)>,
}

impl<'a> Headers<'a> {
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.list.iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        Some(found.1.as_str())
    }

    pub fn set(&mut self, name: &'a str, value: String) {
        for (known, old) in self.list.iter_mut() {
            if known.eq_ignore_ascii_case(name) {
                *old = value;
                return;
            }
        }
        self.list.push((name, value));
    }

    pub fn iter(&self) -> impl Iterator<Item = (&'a str, &str)> {
        self.list.iter().map(|(name, value)| (*name, value.as_str()))
    }

    /// The first name that is no header.
    pub(crate) fn bad(&self) -> Option<&'a str> {
        let mut names = self.list.iter().map(|(name, _)| *name);
        names.find(|name| name.is_empty() || name.contains(|c: char| c.is_whitespace() || c == ':'))
    }
}
