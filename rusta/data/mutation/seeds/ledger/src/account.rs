//! One account and its money.

use std::iter::Sum;
use std::ops::{AddAssign, SubAssign};

use crate::error::{BankError, BankResult};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Cents(pub u64);

impl AddAssign for Cents {
    fn add_assign(&mut self, other: Cents) {
        self.0 += other.0;
    }
}

impl SubAssign for Cents {
    fn sub_assign(&mut self, other: Cents) {
        self.0 -= other.0;
    }
}

impl Sum for Cents {
    fn sum<I: Iterator<Item = Cents>>(parts: I) -> Cents {
        let mut total = Cents::default();
        for part in parts {
            total += part;
        }
        total
    }
}

#[derive(Debug, Clone)]
pub struct Account {
    owner: String,
    balance: Cents,
}

impl Account {
    pub(crate) fn new(owner: String, balance: Cents) -> Self {
        Account { owner, balance }
    }

    pub fn owner(&self) -> &str {
        &self.owner
    }

    pub fn balance(&self) -> Cents {
        self.balance
    }

    pub(crate) fn deposit(&mut self, amount: Cents) {
        self.balance += amount;
    }

    pub(crate) fn withdraw(&mut self, amount: Cents) -> BankResult<Cents> {
        if amount > self.balance {
            return Err(BankError::TooLittle { owner: self.owner.clone(), has: self.balance });
        }
        self.balance -= amount;
        Ok(self.balance)
    }
}
