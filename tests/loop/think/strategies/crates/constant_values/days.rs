//! Names of days.

const DAYS: [String; 3] = ["mon".to_string(), "tue".to_string(), "wed".to_string()];
const LIMIT: i32 = 3_000_000_000;

pub fn day(n: usize) -> Option<&str> {
    DAYS.get(n)
}
pub fn within(bytes: i64) -> bool { bytes < LIMIT }
#[test]
fn t() {
    assert_eq!(day(1), Some("tue"));
    assert!(within(2_999_999_999) && !within(3_000_000_001));
}
