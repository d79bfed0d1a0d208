use crate::units::{feet, Metres};

pub trait Area {
    fn area(&self) -> f64;
}

pub struct Rect {
    pub width: Metres,
    pub depth: Metres,
}

impl Rect {
    pub fn square_feet(side: f64) -> Rect {
        Rect { width: feet(side), depth: feet(side) }
    }
}

impl Area for Rect {
    fn area(&self) -> f64 {
        self.width.0 * self.depth.0
    }
}

pub struct Circle {
    pub radius: Metres,
}

impl Area for Circle {
    fn area(&self) -> f64 {
        self.radius.0.powi(2) * std::f64::consts::PI
    }
}
