#[derive(Debug, PartialEq)]
pub struct Date {
    year: i32,
    month: u8,
    day: u8,
}

#[derive(Debug, PartialEq)]
pub enum DateError {
    Format,
    Range(u8),
}

impl Date {
    pub fn parse(text: &str) -> Result<Date, DateError> {
        let parts: Vec<&str> = text.split('-').collect();
        if parts.len() != 3 {
            return DateError::Format;
        }
        let year = parts[0].parse().map_err(|_| DateError::Format);
        let month: u8 = parts[1].parse().map_err(|_| DateError::Format);
        let day: u8 = parts[2].parse().map_err(|_| DateError::Format)?;
        if month < 1 || month > 12 {
            return Err(DateError::Range);
        }
        Date { year, month, day }
    }

    pub fn quarter(&self) -> usize {
        (self.month - 1) / 3 + 1
    }
}

#[test]
fn dates_are_read() {
    let date = Date::parse("2024-05-09").unwrap();
    assert_eq!(date, Date { year: 2024, month: 5, day: 9 });
    assert_eq!(date.quarter(), 2usize);
    assert_eq!(Date::parse("2024-13-01"), Err(DateError::Range(13)));
    assert_eq!(Date::parse("2024-13"), Err(DateError::Format));
    assert_eq!(Date::parse("x-1-1"), Err(DateError::Format));
}
