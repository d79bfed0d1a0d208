mod models;

use models::Book;

pub struct Catalog {
    books: Vec<Book>,
}

impl Catalog {
    pub fn new() -> Catalog {
        Catalog { books: Vec::new() }
    }

    pub fn add(&mut self, book: Book) {
        self.books.push(book);
    }

    pub fn find(&self, title: &str) -> Option<&Book> {
        self.books.iter().find(|b| b.title == title)
    }

    pub fn older_than(&self, year: u32) -> Vec<&Book> {
        self.books.iter().filter(|b| b.year < year).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample() -> Catalog {
        let mut c = Catalog::new();
        c.add(Book::new("Dune", "Frank Herbert", 1965));
        c.add(Book::new("Emma", "Jane Austen", 1815));
        c
    }

    #[test]
    fn finds_by_title() {
        let c = sample();
        assert_eq!(c.find("Dune").unwrap().year, 1965);
        assert!(c.find("Ulysses").is_none());
    }

    #[test]
    fn filters_by_year() {
        let c = sample();
        let old = c.older_than(1900);
        assert_eq!(old.len(), 1);
        assert_eq!(old[0].title, "Emma");
    }
}
