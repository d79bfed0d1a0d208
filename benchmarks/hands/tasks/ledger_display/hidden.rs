use ledger::Cents;

#[test]
fn money_is_written_with_two_digits() {
    assert_eq!(Cents(1234).to_string(), "12.34");
    assert_eq!(Cents(5).to_string(), "0.05");
    assert_eq!(Cents(100).to_string(), "1.00");
}
