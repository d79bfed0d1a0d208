//! The impl has the macro, and the trait lacks it.
use same_macros::wide;

pub trait Meter {
    fn count(&self, ticks: u8) -> u8;
}

pub struct Doubling;

#[wide]
impl Meter for Doubling {
    fn count(&self, ticks: u8) -> u8 {
        ticks * 2
    }
}

#[test]
fn large_counts_fit() {
    assert_eq!(Doubling.count(4_000_000_000), 8_000_000_000);
}
