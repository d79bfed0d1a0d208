//! Arithmetic over any number: operators, comparison, copying.
use std::ops::Mul;

#[derive(Debug, Clone, Copy)]
pub struct Vector<N> {
    pub x: N,
    pub y: N,
}

impl<N> Vector<N> {
    pub fn dot(self, other: Vector<N>) -> N {
        self.x * other.x + self.y * other.y
    }

    pub fn longer(&self) -> N {
        if self.x > self.y { self.x } else { self.y }
    }
}

impl<N> Mul<N> for Vector<N> {
    type Output = Vector<N>;

    fn mul(self, by: N) -> Vector<N> {
        Vector { x: self.x * by, y: self.y * by }
    }
}

#[test]
fn they_are_numbers() {
    let one = Vector { x: 2, y: 3 };
    assert_eq!(one.dot(Vector { x: 1, y: 1 }), 5);
    assert_eq!((one.longer(), (one * 2).x), (3, 4));
}
