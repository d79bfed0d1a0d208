pub enum Shape {
    Dot,
    Line(Vec<i32>),
}
impl Shape {
    pub fn size(self) -> usize {
        match self {
            Shape::Dot => 1,
            Shape::Line(ref points) => points.len(),
        }
    }
}
pub fn sizes(shapes: Vec<Shape>) -> (usize, Vec<Shape>) {
    let mut all = 0;
    for shape in &shapes {
        all += shape.size();
    }
    (all, shapes)
}
#[test]
fn t() {
    assert_eq!(sizes(vec![Shape::Dot, Shape::Line(vec![1, 2])]).0, 3);
}
