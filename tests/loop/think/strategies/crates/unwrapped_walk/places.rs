//! A tree of places, by name.

#[derive(Default)]
pub struct Place {
    pub name: String,
    pub visits: u32,
    left: Option<Box<Place>>,
    right: Option<Box<Place>>,
}

impl Place {
    pub fn new(name: &str) -> Self {
        Place { name: name.to_string(), ..Place::default() }
    }
}

/// The place at the left end, which may not be there.
fn end(mut place: &mut Place) -> &mut Place {
    while let Some(next) = place.left.as_deref_mut() {
        place = next;
    }
    place
}

/// Hang a chain of places below the right end of another.
pub fn hang(root: &mut Place, chain: Place) {
    let mut at = root;
    loop {
        match at.right.as_mut() {
            Some(next) => {
                next.visits += 1;
                at = next;
            }
            None => break,
        }
    }
    at.right = Some(Box::new(chain));
}

pub fn leftmost(root: &mut Place, name: &str) -> u32 {
    let last = end(root);
    last.left = Some(Box::new(Place::new(name)));
    last.visits
}

/// How long a chain is; it is used up.
pub fn length(place: Place) -> usize {
    let mut rest = Some(Box::new(place));
    let mut count = 0;
    while let Some(one) = rest.as_ref() {
        count += 1;
        rest = one.right;
    }
    count
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_hang_together() {
        let mut root = Place::new("a");
        hang(&mut root, Place::new("b"));
        hang(&mut root, Place::new("c"));
        assert_eq!(root.right.as_ref().map(|one| one.visits), Some(1));
        assert_eq!(leftmost(&mut root, "d"), 0);
        assert_eq!(length(root), 3);
    }
}
