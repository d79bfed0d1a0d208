use ledger::{Bank, BankError, Cents, Entry};
use std::error::Error;

fn two() -> (Bank, u32, u32) {
    let mut bank = Bank::new();
    let ann = bank.open("Ann", Cents(100));
    let bob = bank.open("Bob", Cents(20));
    (bank, ann, bob)
}

#[test]
fn money_moves_and_none_is_lost() {
    let (mut bank, ann, bob) = two();
    bank.transfer(ann, bob, Cents(70)).unwrap();
    assert_eq!(bank.account(bob).unwrap().balance(), Cents(90));
    assert_eq!(bank.total(), Cents(120));
    assert_eq!(bank.richest(), Some("Bob"));
    assert_eq!(bank.journal()[2], Entry::Moved { from: ann, to: bob, amount: Cents(70) });
}

#[test]
fn a_failed_transfer_changes_nothing() {
    let (mut bank, ann, bob) = two();
    let error = bank.transfer(bob, ann, Cents(21)).unwrap_err();
    assert_eq!(error.to_string(), "Bob has only 20");
    assert_eq!(bank.transfer(ann, 9, Cents(1)), Err(BankError::NoAccount(9)));
    assert_eq!(bank.account(ann).unwrap().balance(), Cents(100));
    assert_eq!(bank.journal().len(), 4);
}

#[test]
fn orders_are_read() {
    let (mut bank, ..) = two();
    assert_eq!(bank.execute("1 2 5\n2 1 25"), Ok(2));
    assert_eq!(bank.execute("1 2"), Err(BankError::Order("1 2".into())));
    assert!(bank.execute("1 x 3").unwrap_err().source().is_some());
    assert_eq!(bank.account(2).unwrap().owner(), "Bob");
}
