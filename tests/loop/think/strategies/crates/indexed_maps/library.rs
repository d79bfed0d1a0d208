use std::collections::BTreeMap;

#[derive(Default)]
pub struct Book {
    pub lent: bool,
    pub readers: Vec<String>,
}

pub struct Library {
    pub books: BTreeMap<u32, Book>,
}

impl Library {
    pub fn lend(&mut self, number: u32, reader: &str) {
        self.books[&number].lent = true;
        self.books[&number].readers.push(reader.to_string());
    }

    pub fn add(&mut self, number: u32) {
        self.books[number] = Book::default();
    }
}

#[test]
fn it_lends() {
    let mut library = Library { books: BTreeMap::new() };
    library.add(3);
    library.lend(3, "ann");
    assert!(library.books[&3].lent);
    assert_eq!(library.books[&3].readers, ["ann"]);
}
