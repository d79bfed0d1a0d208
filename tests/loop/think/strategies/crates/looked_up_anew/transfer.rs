#[derive(Debug)]
pub struct Account {
    pub owner: String,
    pub cents: i64,
}

pub struct Bank {
    accounts: Vec<Account>,
}

impl Bank {
    pub fn new(all: &[(&str, i64)]) -> Self {
        Bank { accounts: all.iter().map(|(owner, cents)| Account { owner: owner.to_string(), cents: *cents }).collect() }
    }

    pub fn find(&mut self, owner: &str) -> Option<&mut Account> {
        self.accounts.iter_mut().find(|account| account.owner == owner)
    }

    pub fn transfer(&mut self, from: &str, to: &str, cents: i64) -> bool {
        let giver = self.find(from).unwrap();
        let taker = self.find(to).unwrap();
        if giver.cents < cents {
            return false;
        }
        giver.cents -= cents;
        taker.cents += cents;
        true
    }
}

#[test]
fn money_is_transferred() {
    let mut bank = Bank::new(&[("ann", 100), ("bob", 5)]);
    assert!(bank.transfer("ann", "bob", 60));
    assert!(!bank.transfer("ann", "bob", 60));
    assert_eq!(bank.find("bob").unwrap().cents, 65);
    assert_eq!(bank.find("ann").unwrap().cents, 40);
}
