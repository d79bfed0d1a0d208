//! References in arithmetic, a literal without its point, and a count among floats.
pub struct Item {
    pub price: f64,
    pub count: u32,
    pub code: i16,
}

pub fn total(items: &[Item], rebate: &Option<f32>) -> f64 {
    let mut sum: f64 = 0.0;
    for item in items.iter() {
        sum += item.price * item.count;
    }
    if let Some(rebate) = rebate {
        sum -= sum * rebate;
    }
    sum * 2
}

pub fn mean(items: &[Item]) -> f64 {
    let all: f64 = items.iter().map(|item| item.price).sum();
    all / items.len()
}

pub fn codes(items: &[Item]) -> i64 {
    let mut sum: i64 = 0;
    items.iter().for_each(|item| sum = sum + item.code);
    sum
}

#[test]
fn everything_is_paid() {
    let items = [Item { price: 1.5, count: 2, code: -4 }, Item { price: 2.5, count: 1, code: 5 }];
    assert_eq!((total(&items, &None), total(&items, &Some(0.5))), (11.0, 5.5));
    assert_eq!((mean(&items), codes(&items)), (2.0, 1));
}
