use std::collections::HashMap;

#[derive(Default)]
pub struct Store {
    shelves: HashMap<u8, u32>,
}

impl Store {
    fn shelf(&mut self, number: u8) -> &mut u32 {
        self.shelves.entry(number).or_insert(0)
    }

    pub fn put(&mut self, number: u8, boxes: u32) {
        *self.shelf(number) += boxes;
    }

    pub fn shift(&mut self, from: u8, to: u8, boxes: u32) {
        let source = self.shelf(from);
        let target = self.shelf(to);
        *source -= boxes;
        *target += boxes;
    }
}

#[test]
fn boxes_are_shifted() {
    let mut store = Store::default();
    store.put(1, 5);
    store.shift(1, 2, 3);
    assert_eq!((*store.shelf(1), *store.shelf(2)), (2, 3));
}
