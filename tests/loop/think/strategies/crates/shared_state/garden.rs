//! A tree of beds, watered by a thread.

use std::rc::{Rc, Weak};

type Link = Rc<std::cell::RefCell<Bed>>;

pub struct Bed {
    name: String,
    litres: u32,
    parts: Vec<Link>,
    above: Option<Weak<std::cell::RefCell<Bed>>>,
}

fn bed(name: &str, above: Option<&Link>) -> Link {
    let new = Rc::new(std::cell::RefCell::new(Bed {
        name: name.to_string(),
        litres: 1,
        parts: vec![],
        above: above.map(Rc::downgrade),
    }));
    if let Some(above) = above {
        above.borrow_mut().parts.push(Rc::clone(&new));
    }
    new
}

fn total(bed: &Link) -> u32 {
    let here = bed.borrow();
    here.litres + here.parts.iter().map(total).sum::<u32>()
}

fn path(bed: &Link) -> String {
    let above = bed.borrow().above.as_ref().and_then(|above| above.upgrade());
    match above {
        Some(above) => format!("{}/{}", path(&above), bed.borrow().name),
        None => bed.borrow().name.clone(),
    }
}

fn water(bed: &Link, litres: u32) {
    bed.borrow_mut().litres += litres;
    for part in bed.borrow().parts.iter() {
        water(part, litres);
    }
}

pub fn watered() -> (u32, String) {
    let root = bed("garden", None);
    let roses = bed("roses", Some(&root));
    bed("red", Some(&roses));
    std::thread::scope(|scope| {
        scope.spawn(|| water(&root, 10));
    });
    let red = roses.borrow().parts[0].clone();
    assert!(Rc::ptr_eq(&red, &roses.borrow().parts[0]));
    (total(&root), path(&red))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_bed_is_watered() {
        assert_eq!(watered(), (33, "garden/roses/red".to_string()));
    }
}
