pub mod shapes;

pub mod units {
    #[derive(Clone, Copy, Debug, PartialEq)]
    pub struct Metres(f64);

    impl Metres {
        pub fn new(value: f64) -> Metres {
            Metres(value.max(0.0))
        }
    }

    pub fn feet(value: f64) -> Metres {
        Metres::new(value * 0.3048)
    }

    fn rounded(value: f64) -> f64 {
        (value * 100.0).round() / 100.0
    }
}

use shapes::{Circle, Rect};

/// Square metres of a garden with a round pond in it.
pub fn lawn(garden: &Rect, pond: &Circle) -> f64 {
    units::rounded(garden.area() - pond.area())
}
