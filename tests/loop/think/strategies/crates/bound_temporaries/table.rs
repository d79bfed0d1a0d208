//! Rows of a table with a default.

struct Row {
    cells: Vec<String>,
}

mod rows {
    use super::Row;

    impl Row {
        pub fn first(&self) -> &str {
            self.cells.first().map_or("", |cell| cell.as_str())
        }
    }
}

fn heading(row: Option<&Row>, number: usize) -> String {
    let said;
    match row {
        Some(row) => said = row.first(),
        None => {
            said = Row { cells: vec![format!("row {number}")] }.first();
        }
    }
    said.to_uppercase()
}

#[test]
fn a_row_has_a_heading() {
    assert_eq!(heading(None, 4), "ROW 4");
    assert_eq!(heading(Some(&Row { cells: vec!["a".into(), "b".into()] }), 4), "A");
}
