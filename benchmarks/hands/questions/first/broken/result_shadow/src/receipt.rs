//! Receipts, and how they are printed.

use std::fmt::{Display, Formatter, Result};
use std::iter::Sum;

use crate::inventory::{Cents, Inventory, SaleError};

#[derive(Debug, Default, PartialEq)]
pub struct Receipt {
    lines: Vec<(String, u32, Cents)>,
}

impl Receipt {
    /// Sell some of a thing and put them on the receipt.
    pub fn sell(&mut self, inventory: &mut Inventory, name: &str, count: u32) -> Result<&mut Self, SaleError> {
        let price = inventory.take(name, count)?;
        self.lines.push((name.to_owned(), count, price));
        Ok(self)
    }

    pub fn total(&self) -> Cents {
        self.lines.iter().map(|(_, count, price)| Cents(price.0 * count)).sum()
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Cents>>(prices: I) -> Cents {
        Cents(prices.map(|price| price.0).sum())
    }
}

impl Display for Cents {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{}.{:02}", self.0 / 100, self.0 % 100)
    }
}

impl Display for Receipt {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        for (name, count, price) in &self.lines {
            writeln!(f, "{count} x {name} at {price}")?;
        }
        write!(f, "total {}", self.total())
    }
}
