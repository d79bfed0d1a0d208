//! Invoices get numbers one after another.

use std::sync::Mutex;

pub struct Invoice {
    number: Option<u32>,
    lock: Mutex<()>,
    to: String,
}

pub struct Books {
    invoices: Vec<Invoice>,
    last: u32,
    log: Vec<String>,
}

mod numbers {
    use super::Books;

    impl Books {
        fn next(&mut self, to: &str) -> u32 {
            self.last += 1;
            self.write(to);
            self.last
        }

        fn write(&mut self, to: &str) {
            self.log.push(format!("{} for {to}", self.last));
        }

        /// Number what has no number yet, up to a limit.
        pub fn number(&mut self, limit: u32) -> Option<u32> {
            for invoice in &mut self.invoices {
                if invoice.number.is_none() {
                    invoice.number = Some(self.next(&invoice.to));
                }
                if invoice.number >= Some(limit) {
                    return invoice.number;
                }
                drop(invoice.lock.lock());
            }
            None
        }
    }
}

#[test]
fn numbers_go_on() {
    let invoice = |to: &str, number| Invoice { number, lock: Mutex::new(()), to: to.into() };
    let mut books = Books { invoices: vec![invoice("a", Some(1)), invoice("b", None), invoice("c", None)], last: 1, log: vec![] };
    assert_eq!(books.number(2), Some(2));
    assert_eq!(books.number(9), None);
    assert_eq!(books.invoices.iter().map(|one| one.number.unwrap()).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(books.log, ["2 for b", "3 for c"]);
}
