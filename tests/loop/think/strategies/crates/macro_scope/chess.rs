//! Squares of a board.

pub mod board {
    pub fn corner() -> (u8, u8) {
        square!(a 1)
    }

    pub mod moves {
        pub fn up(at: (u8, u8)) -> (u8, u8) {
            step!(at, 0, 1,)
        }
    }
}

mod notation {
    /// A square by its name.
    macro_rules! square {
        (a $row:literal) => {
            (1, $row)
        };
        (b $row:literal) => {
            (2, $row)
        };
    }

    macro_rules! step {
        ($at:expr, $right:expr, $up:expr) => {
            ($at.0 + $right, $at.1 + $up)
        };
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn a_step_goes_up() {
        assert_eq!(super::board::moves::up(super::board::corner()), (1, 2));
    }
}
