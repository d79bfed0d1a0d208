use tokens::evaluate;

#[test]
fn remainders_are_worked_out() {
    assert_eq!(evaluate("7 % 4", []), Ok(3.0));
    assert_eq!(evaluate("1 + 7 % 4 * 2", []), Ok(7.0));
    assert_eq!(evaluate("8 / 2", []), Ok(4.0));
}
