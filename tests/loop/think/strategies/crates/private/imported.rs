//! An import that is private, a pattern over a tuple struct, and an associated constant and function.
pub mod shapes {
    pub mod round {
        #[derive(Debug, PartialEq)]
        pub struct Circle(u8, pub u8);

        impl Circle {
            const UNIT: u8 = 10;

            async fn unused(&self) {}

            fn unit() -> Circle {
                Circle(Self::UNIT, 0)
            }
        }
    }

    use round::Circle;

    pub fn grown(circle: Circle) -> Circle {
        let Circle(radius, at) = circle;
        Circle(radius + Circle::UNIT, at)
    }
}

use shapes::Circle;

pub fn two() -> Vec<Circle> {
    vec![Circle::unit(), shapes::grown(Circle::unit())]
}

#[test]
fn the_second_is_larger() {
    let sizes: Vec<u8> = two().iter().map(|Circle(radius, _)| *radius).collect();
    assert_eq!(sizes, [10, 20]);
}
