//! Initials, in a method.
pub struct Name {
    first: String,
    last: String,
}

impl Name {
    pub fn new(first: &str, last: &str) -> Self {
        Name { first: first.to_owned(), last: last.to_owned() }
    }

    pub fn initials(&self) -> String {
        let mut all = String::new();
        all.push(self.first[0].to_ascii_uppercase());
        all.push(self.last[0].to_ascii_uppercase());
        all
    }

    pub fn sign(&self, n: usize) -> char {
        self.last[n]
    }
}

#[test]
fn initials() {
    assert_eq!(Name::new("ada", "lovelace").initials(), "AL");
    assert_eq!(Name::new("ada", "lovelace").sign(2), 'v');
}
