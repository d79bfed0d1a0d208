//! Accounts, and money that moves between them without getting lost.

pub mod account;
pub mod error;

use std::collections::HashMap;

pub use account::{Account, Cents};
pub use error::{BankError, BankResult};

#[derive(Debug, Clone, PartialEq)]
pub enum Entry {
    Opened { owner: String },
    Moved { from: u32, to: u32, amount: Cents },
    Failed(String),
}

#[derive(Debug, Default)]
pub struct Bank {
    accounts: HashMap<u32, Account>,
    journal: Vec<Entry>,
    next: u32,
}

impl Bank {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn open(&mut self, owner: &str, balance: Cents) -> u32 {
        self.next += 1;
        let account = Account::new(owner.to_string(), balance);
        self.accounts.insert(self.next, account);
        self.journal.push(Entry::Opened { owner: owner.to_string() });
        self.next
    }

    pub fn account(&self, id: u32) -> BankResult<&Account> {
        self.accounts.get(&id).ok_or(BankError::NoAccount(id))
    }

    fn account_mut(&mut self, id: u32) -> BankResult<&mut Account> {
        self.accounts.get_mut(&id).ok_or(BankError::NoAccount(id))
    }

    /// Moves money; when anything is wrong, nothing has moved.
    pub fn transfer(&mut self, from: u32, to: u32, amount: Cents) -> BankResult<()> {
        let moved = self.try_transfer(from, to, amount);
        let entry = match &moved {
            Ok(()) => Entry::Moved { from, to, amount },
            Err(error) => Entry::Failed(error.to_string()),
        };
        self.journal.push(entry);
        moved
    }

    fn try_transfer(&mut self, from: u32, to: u32, amount: Cents) -> BankResult<()> {
        self.account(to)?;
        self.account_mut(from)?.withdraw(amount)?;
        self.account_mut(to)?.deposit(amount);
        Ok(())
    }

    /// One order a line: `from to amount`.
    pub fn execute(&mut self, orders: &str) -> BankResult<usize> {
        let mut count = 0;
        for order in orders.lines() {
            let numbers: Vec<u32> =
                order.split_whitespace().map(|word| word.parse::<u32>()).collect::<Result<_, _>>()?;
            let [from, to, amount] = numbers[..] else {
                return Err(BankError::Order(order.to_string()));
            };
            self.transfer(from, to, Cents(amount.into()))?;
            count += 1;
        }
        Ok(count)
    }

    pub fn total(&self) -> Cents {
        self.accounts.values().map(|account| account.balance()).sum()
    }

    pub fn richest(&self) -> Option<&str> {
        let best = self.accounts.values().max_by_key(|account| account.balance())?;
        Some(best.owner())
    }

    pub fn journal(&self) -> &[Entry] {
        &self.journal
    }
}
