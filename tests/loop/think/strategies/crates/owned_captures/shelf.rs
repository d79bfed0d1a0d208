//! A shelf is searched in the background, and whoever asked waits later.

use std::thread::{self, JoinHandle};

pub struct Shelf {
    books: Vec<String>,
    least: usize,
}

impl Shelf {
    pub fn search(&self, letter: char) -> JoinHandle<Vec<String>> {
        thread::spawn(move || {
            let long = self.books.iter().filter(|book| book.len() >= self.least);
            long.filter(|book| book.contains(letter)).cloned().collect()
        })
    }
}

#[test]
fn it_finds_while_others_look() {
    let shelf = Shelf { books: vec!["emma".into(), "ulysses".into(), "she".into()], least: 4 };
    let (one, other) = (shelf.search('m'), shelf.search('s'));
    assert_eq!(one.join().unwrap(), ["emma"]);
    assert_eq!(other.join().unwrap(), ["ulysses"]);
    assert_eq!(shelf.books.len(), 3);
}
