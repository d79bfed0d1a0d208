use order_day::{Day, Order};

fn order(customer: &str, prices: &[u32]) -> Order {
    Order { customer: customer.to_string(), prices: prices.to_vec() }
}

#[test]
fn books_and_closes() {
    let mut day = Day::default();
    assert_eq!(day.book(order("Ada", &[3, 4])), "Ada: 7");
    assert_eq!(day.book(order("Bo", &[9])), "Bo: 9");
    assert_eq!(day.book(order("Ada", &[5])), "Ada: 5");
    let end = day.close();
    assert_eq!((end.sum, end.count), (21, 3));
    assert_eq!(end.biggest, Some(order("Bo", &[9])));
    assert_eq!(end.spent["Ada"], 12);
    assert_eq!(end.spent.len(), 2);
}

#[test]
fn empty_day() {
    let end = Day::default().close();
    assert_eq!((end.sum, end.count, end.biggest), (0, 0, None));
}
