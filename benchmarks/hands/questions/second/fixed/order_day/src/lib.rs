use std::collections::BTreeMap;

#[derive(Debug, PartialEq)]
pub struct Order {
    pub customer: String,
    pub prices: Vec<u32>,
}

impl Order {
    pub fn total(&self) -> u32 {
        self.prices.iter().sum()
    }
}

#[derive(Default)]
pub struct Day {
    orders: Vec<Order>,
    spent: BTreeMap<String, u32>,
}

#[derive(Debug, PartialEq)]
pub struct Closing {
    pub sum: u32,
    pub count: usize,
    pub biggest: Option<Order>,
    pub spent: BTreeMap<String, u32>,
}

impl Day {
    /// Books an order and returns the line for the till.
    pub fn book(&mut self, order: Order) -> String {
        *self.spent.entry(order.customer.clone()).or_insert(0) += order.total();
        let line = format!("{}: {}", order.customer, order.total());
        self.orders.push(order);
        line
    }

    /// Ends the day; of equally big orders the last one counts.
    pub fn close(self) -> Closing {
        let mut sum = 0;
        for order in &self.orders {
            sum += order.total();
        }
        let count = self.orders.len();
        let biggest = self.orders.into_iter().max_by_key(|o| o.total());
        Closing { sum, count, biggest, spent: self.spent }
    }
}
