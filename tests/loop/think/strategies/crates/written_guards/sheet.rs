use std::cell::RefCell;
use std::sync::RwLock;

pub struct Sheet {
    cells: RefCell<Vec<i32>>,
    title: RwLock<String>,
}

impl Sheet {
    pub fn new() -> Self {
        Sheet { cells: RefCell::new(vec![0; 3]), title: RwLock::new("new".to_string()) }
    }

    pub fn set(&self, at: usize, value: i32) {
        let cells = self.cells.borrow();
        cells[at] = value;
    }

    pub fn rename(&self, title: &str) {
        self.title.read().unwrap().push_str(title);
    }

    pub fn shown(&self) -> String {
        format!("{}: {:?}", self.title.read().unwrap(), self.cells.borrow())
    }
}

#[test]
fn cells_are_set() {
    let sheet = Sheet::new();
    sheet.set(1, 7);
    sheet.rename("er");
    assert_eq!(sheet.shown(), "newer: [0, 7, 0]");
}
