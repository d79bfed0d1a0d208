pub trait Shape {
    fn area(&self) -> f64;
    fn name(&self) -> String;
}

pub struct Circle(pub f64);
pub struct Square(pub f64);

impl Shape for Circle {
    fn area(&self) -> f64 {
        3.0 * self.0 * self.0
    }
    fn name(&self) -> String {
        "circle".into()
    }
}

impl Shape for Square {
    fn area(&self) -> f64 {
        self.0 * self.0
    }
    fn name(&self) -> String {
        "square".into()
    }
}

pub fn parse(text: &str) -> Option<Box<dyn Shape>> {
    let (name, size) = text.split_once(' ')?;
    let size: f64 = size.parse().ok()?;
    match name {
        "circle" => Some(Circle(size)),
        "square" => Some(Square(size)),
        _ => None,
    }
}

pub fn standard() -> Vec<Box<dyn Shape>> {
    let mut shapes: Vec<Box<dyn Shape>> = Vec::new();
    shapes.push(Circle(1.0));
    shapes.push(Square(2.0));
    shapes
}

pub fn largest(shapes: &[Box<dyn Shape>]) -> Option<&dyn Shape> {
    let mut best: Option<&dyn Shape> = None;
    for shape in shapes {
        if best.map_or(true, |one| shape.area() > one.area()) {
            best = Some(shape);
        }
    }
    best
}

#[test]
fn shapes_are_measured() {
    let shapes = standard();
    assert_eq!(largest(&shapes).unwrap().name(), "square");
    assert_eq!(parse("circle 2").unwrap().area(), 12.0);
    assert!(parse("line 2").is_none());
}
