//! A map with one argument too few, and a parameter without any.
use std::collections::HashMap;

pub struct Prices {
    known: HashMap<String>,
}

pub struct Pair<A, B>(pub A, pub B);

fn first(pair: &Pair) -> u32 {
    pair.1
}

pub fn pair() -> Pair<String, u32> {
    Pair("a".to_string(), 3)
}

impl Prices {
    pub fn new(known: HashMap<String, u32>) -> Self {
        Prices { known }
    }

    pub fn of(&self, item: &str) -> u32 {
        self.known.get(item).copied().unwrap_or(first(&pair()))
    }
}

#[test]
fn prices_are_known() {
    let prices = Prices::new(HashMap::from([("nail".to_string(), 2)]));
    assert_eq!(prices.of("nail"), 2);
    assert_eq!(prices.of("screw"), 3);
}
