use std::ops::{Deref, Index};

/// Jars by their place on the shelf.
pub struct Shelf {
    jars: Vec<String>,
}

impl Shelf {
    pub fn of(names: &[&str]) -> Self {
        Shelf { jars: names.iter().map(|name| name.to_string()).collect() }
    }

    pub fn walk(&self) -> Walk<'_> {
        Walk { left: &self.jars }
    }
}

impl Index<usize> for Shelf {
    fn index(&self, place: usize) -> &str {
        &self.jars[place]
    }
}

impl Deref for Shelf {
    fn deref(&self) -> &Vec<String> {
        &self.jars
    }
}

pub struct Walk<'s> {
    left: &'s [String],
}

impl<'s> Iterator for Walk<'s> {
    fn next(&mut self) -> Option<(usize, &str)> {
        let (first, rest) = self.left.split_first()?;
        self.left = rest;
        Some((rest.len(), first))
    }
}

#[test]
fn jars_are_found() {
    let shelf = Shelf::of(&["plum", "fig"]);
    assert_eq!(&shelf[1], "fig");
    assert_eq!(shelf.len(), 2);
    assert_eq!(shelf.walk().collect::<Vec<_>>(), [(1, "plum"), (0, "fig")]);
}
