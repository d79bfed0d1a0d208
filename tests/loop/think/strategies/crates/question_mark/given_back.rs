//! A `Result` that is given back as it is, without `?`.
use std::num::{IntErrorKind, ParseIntError};

pub struct Kilo(pub ParseIntError);

pub struct Scale;

impl Scale {
    pub fn weigh(&self, text: &str) -> Result<u16, Kilo> {
        if text.is_empty() {
            let none: u16 = "0".parse()?;
            return Ok(none);
        }
        text.trim().parse::<u16>()
    }
}

pub fn twice(text: &str) -> Result<u16, Kilo> {
    text.parse()
}

#[test]
fn what_is_wrong_is_kept() {
    assert_eq!(Scale.weigh(" 7").ok(), Some(7));
    assert_eq!(Scale.weigh("").ok(), Some(0));
    assert!(matches!(twice("99999"), Err(Kilo(error)) if *error.kind() == IntErrorKind::PosOverflow));
}
