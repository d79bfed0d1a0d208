//! Fields, a method, a function and a constant of another module that are private.
pub mod account {
    #[derive(Debug, Default)]
    pub struct Account {
        owner: String,
        cents: i64,
        /// What was booked.
        booked: Vec<i64>,
    }

    impl Account {
        pub fn of(owner: &str) -> Self {
            Account { owner: owner.to_owned(), ..Default::default() }
        }

        pub fn cents(&self) -> i64 {
            self.cents
        }

        fn book(&mut self, cents: i64) {
            self.cents += cents;
            self.booked.push(cents);
        }
    }

    const LIMIT: i64 = 1000;

    fn allowed(cents: i64) -> bool {
        cents.abs() <= LIMIT
    }
}

pub mod bank {
    use super::account::{allowed, Account, LIMIT};

    pub fn pay(from: &mut Account, to: &mut Account, cents: i64) -> Result<(), String> {
        if !allowed(cents) || from.cents < cents {
            return Err(format!("{} may not pay more than {LIMIT}", from.owner));
        }
        from.book(-cents);
        to.book(cents);
        to.booked.dedup();
        Ok(())
    }

    pub fn opened(owner: String, cents: i64) -> Account {
        Account { owner, cents, booked: vec![cents] }
    }
}

#[test]
fn money_is_paid() {
    let (mut ann, mut bob) = (bank::opened("Ann".into(), 50), account::Account::of("Bob"));
    assert_eq!(bank::pay(&mut ann, &mut bob, 20), Ok(()));
    assert_eq!((ann.cents(), bob.cents()), (30, 20));
    assert!(bank::pay(&mut ann, &mut bob, 2000).is_err());
}
