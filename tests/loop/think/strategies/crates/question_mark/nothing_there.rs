//! `?` on an `Option` in a function that returns a `Result`.
#[derive(Debug, PartialEq)]
pub enum Lookup {
    Unknown,
    Wrong(String),
}

pub struct Shelf {
    pub boxes: Vec<(u16, String)>,
}

impl Shelf {
    pub fn label(&self, number: u16) -> Result<&str, Lookup> {
        let found = self.boxes.iter().find(|(n, _)| *n == number)?;
        if found.1.is_empty() {
            return Err(Lookup::Wrong(format!("box {number}")));
        }
        Ok(&found.1)
    }

    pub fn first_word(&self, number: u16) -> Result<&str, Lookup> {
        let word = self
            .label(number)?
            .split(' ')
            .next()?;
        Ok(word)
    }
}

#[test]
fn what_is_not_there_is_unknown() {
    let shelf = Shelf { boxes: vec![(1, "old nails".into()), (2, String::new())] };
    assert_eq!(shelf.label(1), Ok("old nails"));
    assert_eq!(shelf.first_word(1), Ok("old"));
    assert_eq!(shelf.label(7), Err(Lookup::Unknown));
}
