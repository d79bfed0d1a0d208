//! Settings that the whole program reads.

use std::cell::{Cell, OnceCell, Ref, RefCell};

pub struct Settings {
    names: RefCell<Vec<String>>,
    cached: OnceCell<usize>,
}

static CHANGES: Cell<usize> = Cell::new(0);
static SETTINGS: Settings = Settings { names: RefCell::new(Vec::new()), cached: OnceCell::new() };

impl Settings {
    pub fn names(&self) -> Ref<'_, Vec<String>> {
        self.names.borrow()
    }
    pub fn first(&self) -> usize {
        *self.cached.get_or_init(|| self.names().first().map_or(0, String::len))
    }
    pub fn taken(&self) -> Vec<String> {
        self.names.take()
    }
}

pub fn add(name: &str) -> usize {
    SETTINGS.names.borrow_mut().push(name.to_owned());
    CHANGES.set(CHANGES.get() + 1);
    CHANGES.get()
}

#[test]
fn all_changes_are_counted() {
    assert_eq!(add("dark"), 1);
    assert_eq!(add("wide"), 2);
    assert_eq!(SETTINGS.first(), 4);
    assert_eq!(*SETTINGS.names(), ["dark", "wide"]);
    assert_eq!(SETTINGS.taken().len(), 2);
}
