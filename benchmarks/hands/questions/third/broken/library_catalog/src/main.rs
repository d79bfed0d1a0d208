mod catalog;
mod models;

use catalog::Catalog;
use models::Book;

fn main() {
    let mut catalog = Catalog::new();
    catalog.add(Book::new("Dune", "Frank Herbert", 1965));
    catalog.add(Book::new("Emma", "Jane Austen", 1815));

    for book in catalog.older_than(1900) {
        println!("{}", book.describe());
    }
    match catalog.find("Dune") {
        Some(book) => println!("found {}", book.describe()),
        None => println!("not here"),
    }
}
