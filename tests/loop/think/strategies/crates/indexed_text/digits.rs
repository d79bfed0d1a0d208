//! Sums of digits, by their bytes.
pub mod digits {
    pub fn sum(number: &str) -> u32 {
        let mut sum = 0;
        for at in 0..number.len() {
            let digit: u8 = number[at] - b'0';
            sum += u32::from(digit);
        }
        sum
    }

    pub fn negative(number: &str) -> bool {
        number[0] == b'-'
    }
}

#[test]
fn digits_are_added() {
    assert_eq!(digits::sum("123"), 6);
    assert!(digits::negative("-1"));
}
