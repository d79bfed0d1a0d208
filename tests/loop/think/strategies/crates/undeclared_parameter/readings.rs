//! Readings of meters as text, turned into numbers by whoever asks.

#[derive(Debug, PartialEq)]
pub enum Unread {
    Empty,
    Wrong(String),
}

pub trait Reading {
    fn taken<F, T, E>(&self, by: F) -> Result<T, Unread>
    where
        F: FnOnce(&str) -> Result<T, E>,
        E: ToString;
}

impl Reading for String {
    fn taken<F, T>(&self, by: F) -> Result<T, Unread>
    where
        F: FnOnce(&str) -> Result<T, E>,
        E: ToString,
    {
        if self.is_empty() {
            return Err(Unread::Empty);
        }
        by(self).map_err(|why| Unread::Wrong(why.to_string()))
    }
}

#[test]
fn a_reading_is_what_its_reader_makes_of_it() {
    assert_eq!("12".to_string().taken(|said| said.parse::<u8>()), Ok(12));
    assert_eq!(String::new().taken(|said| said.parse::<u8>()), Err(Unread::Empty));
}
