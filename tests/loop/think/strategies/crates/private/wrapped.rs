//! A tuple struct with a private field, a private module, and what it holds.
pub mod units {
    mod length {
        #[derive(Debug, Clone, Copy, PartialEq)]
        pub struct Metres(f64);

        #[derive(Debug, PartialEq)]
        struct Feet(pub f64);

        impl Metres {
            pub fn value(self) -> f64 {
                self.0
            }
        }

        pub(super) fn feet(metres: Metres) -> Feet {
            Feet(metres.0 * 3.28)
        }
    }

    pub fn tall(metres: length::Metres) -> bool {
        length::feet(metres) .0 > 6.0
    }
}

use units::length::Metres;

pub fn doubled(metres: Metres) -> Metres {
    Metres(metres.0 * 2.0)
}

#[test]
fn metres_are_doubled() {
    assert_eq!(doubled(Metres(1.5)).value(), 3.0);
    assert!(units::tall(Metres(1.9)));
}
