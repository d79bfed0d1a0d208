//! Halves, and what is found.
pub struct Shelf {
    books: Vec<String>,
}

impl Shelf {
    pub fn new(books: &[&str]) -> Self {
        Shelf { books: books.iter().map(|book| book.to_string()).collect() }
    }

    /// The first book, where there is one.
    pub fn first(&self) -> Option<&str> {
        // an empty shelf has none
        if !self.books.is_empty() {
            Some(&self.books[0])
        }
    }

    pub fn has(&self, title: &str) -> bool {
        for book in &self.books {
            if book == title {
                true
            }
        }
        false
    }
}

pub fn half(number: u32) -> Option<u32> {
    if number % 2 == 0 {
        Some(number / 2)
    }
}

#[test]
fn halves_and_books() {
    assert_eq!(half(3), None);
    assert_eq!(half(4), Some(2));
    assert!(Shelf::new(&["a", "b"]).has("b"));
    assert_eq!(Shelf::new(&[]).first(), None);
}
