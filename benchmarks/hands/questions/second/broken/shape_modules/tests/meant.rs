use shape_modules::lawn;
use shape_modules::shapes::{Area, Circle, Rect};
use shape_modules::units::{feet, Metres};

#[test]
fn lawn_without_pond() {
    let garden = Rect { width: Metres::new(10.0), depth: Metres::new(5.0) };
    let pond = Circle { radius: Metres::new(1.0) };
    assert_eq!(lawn(&garden, &pond), 46.86);
    assert_eq!(lawn(&garden, &Circle { radius: Metres::new(-2.0) }), 50.0);
}

#[test]
fn feet_are_shorter() {
    assert_eq!(feet(10.0), Metres::new(3.048));
    assert!((Rect::square_feet(10.0).area() - 9.290304).abs() < 1e-9);
}
