//! Changes to a table that are made together.

mod table {
    #[derive(Debug)]
    pub struct Table<'n> {
        pub name: &'n str,
        pub rows: Vec<&'n str>,
    }

    pub struct Change<'n> {
        pub table: &'n mut Table<'n>,
        pub added: Vec<&'n str>,
    }

    impl<'n> Table<'n> {
        pub fn change(&'n mut self) -> Change<'n> {
            Change { table: self, added: vec![] }
        }
    }

    impl<'n> Change<'n> {
        pub fn add(mut self, row: &'n str) -> Self {
            self.added.push(row);
            self
        }

        pub fn done(self) -> usize {
            self.table.rows.extend(&self.added);
            self.added.len()
        }
    }
}

use table::Table;

pub fn filled() -> String {
    let mut table = Table { name: "birds", rows: vec![] };
    let first = table.change().add("wren").done();
    let second = table.change().add("rook").add("crow").done();
    format!("{}: {first} {second} {:?}", table.name, table.rows)
}

#[test]
fn changes_come_one_after_another() {
    assert_eq!(filled(), r#"birds: 1 2 ["wren", "rook", "crow"]"#);
}
