use result_shadow::inventory::{Cents, Inventory, SaleError};
use result_shadow::receipt::Receipt;

fn shop() -> Inventory {
    let mut inventory = Inventory::default();
    inventory.add("tea", Cents::new(250), 3);
    inventory.add("cake", Cents::new(405), 1);
    inventory
}

#[test]
fn a_receipt_adds_up() {
    let (mut shop, mut receipt) = (shop(), Receipt::default());
    receipt.sell(&mut shop, "tea", 2).unwrap().sell(&mut shop, "cake", 1).unwrap();
    assert_eq!(receipt.total(), Cents::new(905));
    assert_eq!(receipt.to_string(), "2 x tea at 2.50\n1 x cake at 4.05\ntotal 9.05");
}

#[test]
fn what_is_not_there_is_not_sold() {
    let (mut shop, mut receipt) = (shop(), Receipt::default());
    assert_eq!(receipt.sell(&mut shop, "pie", 1).unwrap_err(), SaleError::Unknown("pie".into()));
    assert_eq!(receipt.sell(&mut shop, "tea", 4).unwrap_err(), SaleError::TooFew { left: 3 });
    assert_eq!(receipt.to_string(), "total 0.00");
}
