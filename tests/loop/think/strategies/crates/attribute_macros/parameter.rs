//! A valve that is opened, with a parameter that the macro adds.
pub mod valve {
    use same_macros::logged;

    #[logged]
    pub trait Valve {
        fn open(&mut self, degrees: u16) -> u16;
    }

    pub struct Brass(pub u16);

    #[logged]
    impl Valve for Brass {
        fn open(&mut self, degrees: u16) -> u16 {
            self.0 += degrees;
            self.0
        }
    }
}

pub struct Steel {
    pub turned: u16,
}

/// Steel turns half as far.
impl valve::Valve for Steel {
    // a slow one
    fn open(&mut self, degrees: u16) -> u16 {
        self.turned += degrees / 2;
        self.turned
    }
}

use same_macros::logged;

#[test]
fn both_open() {
    use valve::Valve;
    assert_eq!(valve::Brass(1).open(9, 0), 10);
    assert_eq!(Steel { turned: 1 }.open(10, 0), 6);
}
