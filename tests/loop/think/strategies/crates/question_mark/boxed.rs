//! An error of one's own, behind `Box<dyn Error>`.
use std::error::Error;
use std::fmt;

#[derive(Debug)]
pub struct TooCold(i8);

impl fmt::Display for TooCold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} degrees", self.0)
    }
}

fn checked(degrees: i8) -> Result<i8, TooCold> {
    if degrees < -20 { Err(TooCold(degrees)) } else { Ok(degrees) }
}

pub fn set(text: &str) -> Result<i8, Box<dyn Error>> {
    let wanted = text.parse::<i8>()?;
    Ok(checked(wanted)?)
}

#[test]
fn the_cold_is_told() {
    assert_eq!(set("4").unwrap(), 4);
    assert_eq!(set("-30").unwrap_err().to_string(), "-30 degrees");
    assert!(set("x").is_err());
}
