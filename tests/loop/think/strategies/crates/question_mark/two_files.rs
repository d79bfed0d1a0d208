//! Two variants hold the same type: what a function does says which one is meant.
use std::fmt;
use std::num::ParseIntError;

#[derive(Debug)]
pub enum Broken {
    Width(ParseIntError),
    Height(ParseIntError),
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Broken::Width(error) => write!(f, "width: {error}"),
            Broken::Height(error) => write!(f, "height: {error}"),
        }
    }
}

pub fn size(text: &str) -> Result<(u8, u8), Broken> {
    let (width, height) = text.split_once('x').unwrap_or((text, "1"));
    let width = width.parse::<u8>()?;
    Ok((width, height.parse::<u8>()?))
}

#[test]
fn the_side_is_told() {
    assert_eq!(size("3x4").unwrap(), (3, 4));
    assert!(size("ax4").unwrap_err().to_string().starts_with("width"));
    assert!(size("3xb").unwrap_err().to_string().starts_with("height"));
}
