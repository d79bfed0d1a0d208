//! Impls whose methods differ from the trait's: parameters, their types, a receiver, a result.
pub mod shape {
    pub struct Scale(pub u8);

    pub trait Shape {
        fn area(&self, scale: &Scale, precise: bool) -> f64;
        fn grow(&mut self, by: u32) -> Option<u32>;
        fn name(&self) -> &'static str;
    }
}

use shape::{Scale, Shape};

pub struct Square(pub u32);
pub struct Dot;

impl Shape for Square {
    fn area(&self, scale: &Scale) -> f64 {
        f64::from(self.0 * self.0) * f64::from(scale.0)
    }

    fn grow(&mut self, by: u16) -> Option<u32> {
        self.0 = self.0.checked_add(by)?;
        Some(self.0)
    }

    fn name(&self) -> &'static str {
        "square"
    }
}

impl Shape for Dot {
    fn area(&self, _scale: Scale, _precise: bool) -> f64 {
        0.0
    }

    fn grow(&self, _by: u32) -> Option<u32> {
        None
    }

    fn name(&self) -> &'static str {
        "dot"
    }
}

#[test]
fn shapes_have_areas() {
    let mut square = Square(2);
    assert_eq!(square.grow(1), Some(3));
    assert_eq!(square.area(&Scale(2), true), 18.0);
    assert_eq!((Dot.area(&Scale(1), false), Dot.grow(2), Dot.name()), (0.0, None, "dot"));
}
