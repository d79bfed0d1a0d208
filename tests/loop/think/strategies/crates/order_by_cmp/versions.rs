use std::cmp::Ordering;

#[derive(Debug, Clone)]
pub struct Version {
    numbers: Vec<u32>,
    pub note: String,
}

impl Version {
    pub fn of(text: &str, note: &str) -> Version {
        Version { numbers: text.split('.').map(|n| n.parse().unwrap()).collect(), note: note.to_string() }
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        self.numbers.partial_cmp(&other.numbers)
    }
}

#[test]
fn versions_are_ordered() {
    let (old, new) = (Version::of("1.9", "b"), Version::of("1.10", "a"));
    assert!(old < new);
    assert!(old == Version::of("1.9", "other"));
}
