use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub struct ParseError {
    pub position: usize,
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {}", self.message, self.position)
    }
}

pub struct Reader {
    signs: Vec<char>,
    position: usize,
}

impl Reader {
    pub fn new(text: &str) -> Self {
        Reader { signs: text.chars().collect(), position: 0 }
    }

    pub fn digit(&mut self) -> Result<u32, ParseError> {
        let sign = self.signs.get(self.position).copied()?;
        let digit = sign.to_digit(10)?;
        self.position += 1;
        Ok(digit)
    }

    pub fn number(&mut self) -> Result<u8, ParseError> {
        let rest: String = self.signs[self.position..].iter().collect();
        let number = rest.parse::<u8>()?;
        self.position = self.signs.len();
        Ok(number)
    }
}

#[test]
fn digits_are_read() {
    let mut reader = Reader::new("4x");
    assert_eq!(reader.digit(), Ok(4));
    assert_eq!(reader.digit().unwrap_err().position, 1);
    assert_eq!(reader.number().unwrap_err().position, 1);
    assert_eq!(Reader::new("77").number(), Ok(77));
    assert!(Reader::new("x").number().unwrap_err().to_string().contains("invalid digit"));
}
