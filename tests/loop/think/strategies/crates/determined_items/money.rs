use std::ops::{Add, Neg};
use std::str::FromStr;

#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Money {
    cents: i64,
}

impl Add for Money {
    fn add(self, other: Money) -> Money {
        Money { cents: self.cents + other.cents }
    }
}

impl Neg for Money {
    fn neg(self) -> Self {
        Money { cents: -self.cents }
    }
}

impl FromStr for Money {
    fn from_str(text: &str) -> Result<Self, std::num::ParseIntError> {
        Ok(Money { cents: text.replace('.', "").parse()? })
    }
}

#[test]
fn it_adds() {
    let one: Money = "2.50".parse().unwrap();
    assert_eq!(one + -one, Money { cents: 0 });
}
