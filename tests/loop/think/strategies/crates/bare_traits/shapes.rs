//! Areas of shapes.
pub trait Shape {
    fn area(&self) -> f64;
    fn name(&self) -> String;
}
pub struct Circle(pub f64);
pub struct Square(pub f64);
impl Shape for Circle {
    fn area(&self) -> f64 { 3.0 * self.0 * self.0 }
    fn name(&self) -> String { "circle".to_string() }
}
impl Shape for Square {
    fn area(&self) -> f64 { self.0 * self.0 }
    fn name(&self) -> String { "square".to_string() }
}

pub fn total(shapes: &[Shape]) -> f64 {
    shapes.iter().map(|s| s.area()).sum()
}

pub fn largest(shapes: Vec<Shape>) -> Option<Shape> {
    shapes.into_iter().max_by(|a, b| a.area().total_cmp(&b.area()))
}

pub fn sample() -> Vec<Shape> {
    vec![Circle(1.0), Square(2.0)]
}
#[test]
fn t() {
    assert_eq!(total(&sample()), 7.0);
    assert_eq!(largest(sample()).unwrap().name(), "square");
}
