#[derive(Debug)]
pub struct Level {
    metres: i32,
}

impl Level {
    fn read(text: &str) -> Result<Level, std::num::ParseIntError> {
        Ok(Level { metres: text.parse()? })
    }

    fn above(&self, other: i32) -> bool {
        self.metres > other
    }
}

pub fn flooded(text: &str, dam: i32) -> Result<bool, std::num::ParseIntError> {
    let level = Level::read(text);
    if level.metres < 0 {
        return Ok(false);
    }
    Ok(level.above(dam))
}

#[test]
fn it_floods() {
    assert!(flooded("7", 5).unwrap());
    assert!(!flooded("-1", -3).unwrap());
    assert!(flooded("x", 5).is_err());
}
