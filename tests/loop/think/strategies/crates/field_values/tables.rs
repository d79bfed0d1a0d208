//! Tables of a café, each with what was ordered there.

#[derive(Debug)]
pub struct Table {
    seats: u8,
    orders: Vec<String>,
    open: bool,
}

impl Table {
    pub fn small() -> Table {
        Table { seats: 2, orders: Vec::new(), open: true }
    }

    pub fn large(seats: u8) -> Table {
        Table { seats, open: seats > 2 }
    }

    pub fn order(&mut self, what: &str) -> usize {
        self.orders.push(what.to_string());
        self.orders.len()
    }
}

#[test]
fn orders_are_counted() {
    let mut table = Table::large(6);
    assert_eq!(table.order("tea"), 1);
    assert_eq!(table.order("cake"), 2);
    assert!(table.open && Table::small().seats == 2);
}
