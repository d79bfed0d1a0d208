//! An error that names what is missing.
use std::collections::BTreeMap;

#[derive(Debug, PartialEq)]
pub enum Fault {
    Missing(String),
    Short { by: u32 },
}

pub fn take(stock: &mut BTreeMap<String, u32>, item: &str, amount: u32) -> Result<u32, Fault> {
    let there = stock.get_mut(item)?;
    if *there < amount {
        return Err(Fault::Short { by: amount - *there });
    }
    *there -= amount;
    Ok(*there)
}

#[test]
fn stock_is_taken() {
    let mut stock = BTreeMap::from([("nail".to_string(), 3)]);
    assert_eq!(take(&mut stock, "nail", 2), Ok(1));
    assert_eq!(take(&mut stock, "nail", 2), Err(Fault::Short { by: 1 }));
    assert_eq!(take(&mut stock, "screw", 2), Err(Fault::Missing("screw".to_string())));
}
