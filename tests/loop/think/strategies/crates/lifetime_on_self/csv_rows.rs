//! Rows of a small table, read one after another through a trait.

mod reading {
    pub trait Rows<'d> {
        /// The next row, cut at its commas.
        fn row(&'d mut self) -> Option<Vec<&'d str>>;

        fn skip(&'d mut self) {
            let _ = self.row();
        }
    }

    pub struct Table<'d> {
        lines: std::str::Lines<'d>,
        seen: usize,
    }

    impl<'d> Table<'d> {
        pub fn of(data: &'d str) -> Self {
            Table { lines: data.lines(), seen: 0 }
        }

        pub fn seen(&self) -> usize {
            self.seen
        }
    }

    impl<'d> Rows<'d> for Table<'d> {
        fn row(&'d mut self) -> Option<Vec<&'d str>> {
            let line = self.lines.next()?;
            self.seen += 1;
            Some(line.split(',').collect())
        }
    }
}

use reading::{Rows, Table};

/// The first column below the header, and how many lines were read.
pub fn first_column(data: &str) -> (Vec<String>, usize) {
    let mut table = Table::of(data);
    table.skip();
    let mut column = Vec::new();
    loop {
        match table.row() {
            Some(cells) => column.push(cells[0].to_owned()),
            None => break,
        }
    }
    (column, table.seen())
}

#[test]
fn the_header_is_left_out() {
    assert_eq!(first_column("name,age\nada,36\nbob,7"), (vec!["ada".to_owned(), "bob".to_owned()], 3));
}
