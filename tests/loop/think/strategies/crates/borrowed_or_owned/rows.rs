//! Cells of a table, where numbers are written out.
pub mod table {
    #[derive(Debug)]
    pub struct Cell<'t> {
        pub title: &'t str,
        pub content: &'t str,
    }

    pub fn cell<'t>(title: &'t str, number: Option<u32>) -> Cell<'t> {
        match number {
            Some(number) => Cell { title, content: format!("{number}!") },
            None => Cell { title, content: title },
        }
    }
}

#[test]
fn cells_have_contents() {
    assert_eq!(table::cell("a", Some(1)).content, "1!");
    assert_eq!(table::cell("a", None).content, "a");
    assert_eq!(table::cell("b", None).title, "b");
}
