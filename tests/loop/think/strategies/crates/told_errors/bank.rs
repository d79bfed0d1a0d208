use std::collections::HashMap;

#[derive(Debug, PartialEq)]
pub enum BankError {
    Frozen,
    NoAccount(u32),
    TooLittle { needed: u64, there: u64 },
    UnknownOwner(String),
}

#[derive(Default)]
pub struct Bank {
    accounts: HashMap<u32, u64>,
    owners: HashMap<String, u32>,
    frozen: bool,
}

impl Bank {
    pub fn open(&mut self, owner: &str, id: u32, money: u64) -> Result<(), BankError> {
        if self.frozen {
            return Err(BankError::Frozen);
        }
        self.accounts.insert(id, money);
        self.owners.insert(owner.to_string(), id);
        Ok(())
    }

    pub fn draw(&mut self, id: u32, needed: u64) -> Result<u64, BankError> {
        let there = *self.accounts.get(&id)?;
        let left = there.checked_sub(needed)?;
        self.accounts.insert(id, left);
        Ok(left)
    }

    pub fn money_of(&self, owner: &str) -> Result<u64, BankError> {
        let id = self.owners.get(owner)?;
        Ok(*self.accounts.get(id)?)
    }
}

#[test]
fn money_is_drawn() {
    let mut bank = Bank::default();
    bank.open("Ida", 7, 10).unwrap();
    assert_eq!(bank.draw(7, 4), Ok(6));
    assert_eq!(bank.draw(8, 1), Err(BankError::NoAccount(8)));
    assert_eq!(bank.draw(7, 9), Err(BankError::TooLittle { needed: 9, there: 6 }));
    assert_eq!(bank.money_of("Ida"), Ok(6));
    assert_eq!(bank.money_of("Ole"), Err(BankError::UnknownOwner("Ole".to_string())));
}
