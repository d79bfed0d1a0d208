#[derive(Debug)]
pub struct Account {
    owner: String,
    cents: i64,
}

impl Account {
    fn describe(self) -> String {
        format!("{}: {}", self.owner, self.cents)
    }

    fn richer(self, other: Account) -> bool {
        self.cents > other.cents
    }
}

pub fn compare(one: Account, other: Account) -> (bool, String) {
    let text = one.describe();
    let richer = one.richer(other);
    (richer, format!("{text}, {}", other.describe()))
}

#[test]
fn they_are_compared() {
    let account = |owner: &str, cents| Account { owner: owner.to_string(), cents };
    assert_eq!(compare(account("ann", 3), account("bob", 2)), (true, "ann: 3, bob: 2".to_string()));
}
