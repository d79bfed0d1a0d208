//! Derived out of habit, in two types that hold each other.
pub mod shapes {
    /// A point.
    #[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
    pub struct Point {
        pub x: f64,
        pub y: f64,
    }

    /// A line.
    #[derive(Clone, Debug, PartialEq, Eq)]
    pub struct Line {
        pub from: Point,
        pub to: Point,
    }
}

#[test]
fn lines_are_equal() {
    let line = shapes::Line { from: shapes::Point { x: 0.0, y: 0.0 }, to: shapes::Point { x: 1.0, y: 0.5 } };
    assert_eq!(line.clone(), line);
}
