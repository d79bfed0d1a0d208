use std::colections::HashMap;
pub fn one() -> HashMap<u8, u8> {
    HashMap::from([(1, 2)])
}
#[test]
fn t() {
    assert_eq!(one()[&1], 2);
}
