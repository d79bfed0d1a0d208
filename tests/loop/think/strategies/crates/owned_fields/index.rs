use std::collections::HashMap;

pub struct Index<'t> {
    counts: HashMap<&'t str, usize>,
    longest: Option<&'t str>,
    title: String,
}

pub struct Shelf<'t> {
    index: Index<'t>,
    places: Vec<u8>,
}

impl<'t> Index<'t> {
    pub fn of(lines: &[String]) -> Index<'t> {
        let text = lines.join(" ");
        let mut counts = HashMap::new();
        for word in text.split(' ') {
            *counts.entry(word).or_insert(0) += 1;
        }
        let longest = text.split(' ').max_by_key(|word| word.len());
        Index { counts, longest, title: lines[0].clone() }
    }

    pub fn count(&self, word: &str) -> usize {
        self.counts.get(word).copied().unwrap_or(0)
    }

    pub fn longest(&self) -> Option<&str> {
        self.longest
    }
}

impl<'t> Shelf<'t> {
    pub fn new(lines: &[String]) -> Self {
        Shelf { index: Index::of(lines), places: vec![1] }
    }
}

#[test]
fn it_counts() {
    let shelf = Shelf::new(&["so it".to_string(), "is so".to_string()]);
    assert_eq!((shelf.index.count("so"), shelf.index.count("no"), shelf.places.len()), (2, 0, 1));
    assert_eq!(shelf.index.longest(), Some("so"));
    assert_eq!(shelf.index.title, "so it");
}
