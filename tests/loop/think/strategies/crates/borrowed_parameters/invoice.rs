pub struct Item {
    pub name: String,
    pub cents: u32,
}

fn total(items: Vec<Item>) -> u32 {
    items.iter().map(|item| item.cents).sum()
}

fn longest(items: Vec<Item>) -> usize {
    items.iter().map(|item| item.name.len()).max().unwrap_or(0)
}

pub fn invoice(items: Vec<Item>) -> String {
    let sum = total(items);
    let width = longest(items);
    items.iter().map(|item| format!("{:width$}|", item.name)).collect::<String>() + &sum.to_string()
}

#[test]
fn it_is_written() {
    let item = |name: &str, cents| Item { name: name.to_string(), cents };
    assert_eq!(invoice(vec![item("tea", 250), item("milk", 90)]), "tea |milk|340");
}
