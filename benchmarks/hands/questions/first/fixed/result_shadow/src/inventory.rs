//! What is for sale.

use std::collections::BTreeMap;

/// An amount of money in cents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cents(pub(crate) u64);

impl Cents {
    pub const fn new(cents: u64) -> Self {
        Cents(cents)
    }
}

#[derive(Debug, PartialEq)]
pub enum SaleError {
    Unknown(String),
    /// So many are left.
    TooFew { left: u32 },
}

#[derive(Default)]
pub struct Inventory {
    stock: BTreeMap<String, (Cents, u32)>,
}

impl Inventory {
    pub fn add(&mut self, name: &str, price: Cents, count: u32) {
        let entry = self.stock.entry(name.to_owned()).or_default();
        *entry = (price, entry.1 + count);
    }

    /// Take some out of the stock. Gives back the price of one.
    pub(crate) fn take(&mut self, name: &str, count: u32) -> Result<Cents, SaleError> {
        let (price, left) = self.stock.get_mut(name).ok_or_else(|| SaleError::Unknown(name.to_owned()))?;
        *left = left.checked_sub(count).ok_or(SaleError::TooFew { left: *left })?;
        Ok(*price)
    }
}
