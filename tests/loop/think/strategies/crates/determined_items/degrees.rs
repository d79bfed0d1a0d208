use std::fmt;
use std::ops::{Add, Neg};
use std::str::FromStr;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Degrees(pub i32);

#[derive(Debug, PartialEq)]
pub struct NotDegrees(String);

impl fmt::Display for NotDegrees {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "not degrees: {}", self.0)
    }
}

impl FromStr for Degrees {
    fn from_str(text: &str) -> Result<Self, NotDegrees> {
        let number = text.strip_suffix('C').ok_or_else(|| NotDegrees(text.to_string()))?;
        number.parse().map(Degrees).map_err(|_| NotDegrees(text.to_string()))
    }
}

impl Add for Degrees {
    fn add(self, other: Degrees) -> Degrees {
        Degrees(self.0 + other.0)
    }
}

impl Neg for Degrees {
    fn neg(self) -> Self::Output {
        Degrees(-self.0)
    }
}

#[test]
fn degrees_are_read_and_added() {
    let cold: Degrees = "-4C".parse().unwrap();
    assert_eq!(cold + Degrees(5), Degrees(1));
    assert_eq!(-cold, Degrees(4));
    assert_eq!("4F".parse::<Degrees>().unwrap_err().to_string(), "not degrees: 4F");
}
