//! Columns of a table, whose cells have types of their own.
use std::fmt::Display;

pub trait Column {
    type Cell: Display;

    fn title(&self) -> String;

    fn cell(&self, row: usize) -> Option<Self::Cell>;
}

pub struct Numbers(pub Vec<i32>);
pub struct Names(pub Vec<&'static str>);

impl Column for Numbers {
    type Cell = i32;

    fn title(&self) -> String {
        "number".to_string()
    }

    fn cell(&self, row: usize) -> Option<i32> {
        self.0.get(row).copied()
    }
}

impl Column for Names {
    type Cell = &'static str;

    fn title(&self) -> String {
        "name".to_string()
    }

    fn cell(&self, row: usize) -> Option<&'static str> {
        self.0.get(row).copied()
    }
}

pub struct Table {
    columns: Vec<Box<dyn Column>>,
}

impl Table {
    pub fn new(columns: Vec<Box<dyn Column>>) -> Self {
        Table { columns }
    }

    pub fn row(&self, row: usize) -> String {
        let cells = self.columns.iter().map(|column| match column.cell(row) {
            Some(cell) => format!("{}={}", column.title(), cell),
            None => String::new(),
        });
        cells.collect::<Vec<_>>().join(",")
    }
}

#[test]
fn rows_are_written() {
    let table = Table::new(vec![Box::new(Numbers(vec![1, 2])), Box::new(Names(vec!["a"]))]);
    assert_eq!(table.row(0), "number=1,name=a");
    assert_eq!(table.row(1), "number=2,");
}
