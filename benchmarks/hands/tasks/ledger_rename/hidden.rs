use ledger::{Bank, LedgerError};

#[test]
fn the_error_has_its_new_name() {
    assert_eq!(Bank::new().account(1).unwrap_err(), LedgerError::NoAccount(1));
    assert!(!include_str!("../src/error.rs").contains("BankError"));
    assert!(!include_str!("../src/lib.rs").contains("BankError"));
}
