//! A ledger that adds up what it is told.

macro_rules! book {
    () => {};
    (plus $amount:expr; $($rest:tt)*) => {
        balance += $amount;
        count += 1;
        book!($($rest)*);
    };
    (minus $amount:expr; $($rest:tt)*) => {
        balance -= $amount;
        book!($($rest)*);
    };
}

pub fn month(rent: i64) -> (i64, u32) {
    let mut balance = 100;
    let mut count = 0;
    book! { plus 50; minus rent; plus 1; }
    (balance, count)
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_month_adds_up() {
        assert_eq!(super::month(20), (131, 2));
    }
}
