use ledger::{Bank, BankError, Cents, Entry};

#[test]
fn an_account_is_closed() {
    let mut bank = Bank::new();
    let ann = bank.open("Ann", Cents(7));
    assert_eq!(bank.close(ann), Ok(Cents(7)));
    assert_eq!(bank.close(ann), Err(BankError::NoAccount(ann)));
    assert_eq!(bank.total(), Cents(0));
    assert_eq!(bank.journal().last(), Some(&Entry::Closed { owner: "Ann".into(), balance: Cents(7) }));
}
