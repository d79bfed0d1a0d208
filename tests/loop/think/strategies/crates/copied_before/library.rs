//! Books are lent, and each step is counted.

pub struct Book {
    title: String,
    shelf: (u8, char),
    lent: bool,
    notes: std::sync::Mutex<u8>,
}

pub struct Library {
    books: Vec<Book>,
    steps: Vec<String>,
}

impl Library {
    fn step(&mut self, what: &str) {
        self.steps.push(what.to_owned());
    }

    pub fn lend(&mut self, title: &str) -> Option<String> {
        if let Some(book) = self.books.iter().find(|book| book.title == title) {
            if book.lent {
                self.step("asked for what is lent");
                return None;
            }
            self.step(&book.title);
            self.step("walk");
            let (number, letter) = book.shelf;
            let card = format!("{}: {number}{letter}", book.title);
            self.books.retain(|book| book.title != title);
            return Some(card);
        }
        None
    }
}

#[test]
fn a_book_is_lent() {
    let book = |title: &str, lent| Book { title: title.into(), shelf: (3, 'b'), lent, notes: 0.into() };
    let mut library = Library { books: vec![book("Emma", false), book("Dune", true)], steps: vec![] };
    assert_eq!(library.lend("Emma").as_deref(), Some("Emma: 3b"));
    assert_eq!(library.lend("Emma"), None);
    assert_eq!(library.lend("Dune"), None);
    assert_eq!(library.steps, ["Emma", "walk", "asked for what is lent"]);
    assert_eq!(library.books[0].notes.lock().unwrap().to_owned(), 0);
}
