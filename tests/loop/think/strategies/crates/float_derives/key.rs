//! Prices as keys and in a queue.
use std::collections::{BTreeMap, BinaryHeap, HashSet};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Price {
    amount: f64,
    currency: u8,
}

impl Price {
    pub fn new(amount: f64, currency: u8) -> Self {
        Price { amount, currency }
    }
}

#[derive(Default)]
pub struct Market {
    offers: BTreeMap<Price, u32>,
    seen: HashSet<Price>,
    queue: BinaryHeap<Price>,
}

impl Market {
    pub fn offer(&mut self, price: Price) -> bool {
        *self.offers.entry(price).or_insert(0) += 1;
        self.queue.push(price);
        self.seen.insert(price)
    }

    pub fn best(&self) -> Option<Price> {
        self.offers.keys().next().copied()
    }

    pub fn dearest(&mut self) -> Option<Price> {
        self.queue.pop()
    }
}

#[test]
fn prices_are_keys() {
    let mut market = Market::default();
    assert!(market.offer(Price::new(2.5, 1)));
    assert!(market.offer(Price::new(1.5, 1)));
    assert!(!market.offer(Price::new(2.5, 1)));
    assert_eq!(market.best(), Some(Price::new(1.5, 1)));
    assert_eq!(market.dearest(), Some(Price::new(2.5, 1)));
}
