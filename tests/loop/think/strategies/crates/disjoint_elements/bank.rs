use std::collections::HashMap;

#[derive(Debug, PartialEq)]
pub enum Refused {
    Unknown,
    TooLittle,
}

pub struct Bank {
    pub accounts: HashMap<String, u64>,
}

impl Bank {
    pub fn transfer(&mut self, from: &str, to: &str, cents: u64) -> Result<(), Refused> {
        let source = self.accounts.get_mut(from).ok_or(Refused::Unknown)?;
        let target = self.accounts.get_mut(to).ok_or(Refused::Unknown)?;
        if *source < cents {
            return Err(Refused::TooLittle);
        }
        *source -= cents;
        *target += cents;
        Ok(())
    }
}

#[test]
fn it_moves_money() {
    let mut bank = Bank { accounts: [("ann".to_string(), 10), ("bob".to_string(), 0)].into() };
    assert_eq!(bank.transfer("ann", "bob", 4), Ok(()));
    assert_eq!(bank.transfer("bob", "ann", 5), Err(Refused::TooLittle));
    assert_eq!(bank.transfer("bob", "cid", 1), Err(Refused::Unknown));
    assert_eq!((bank.accounts["ann"], bank.accounts["bob"]), (6, 4));
}
