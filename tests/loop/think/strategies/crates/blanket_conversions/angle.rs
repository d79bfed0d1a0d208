//! Angles that are checked.

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Degrees(f64);

#[derive(Debug, PartialEq)]
pub struct TooFar;

impl<N: Into<f64>> std::convert::TryFrom<N> for Degrees {
    type Error = TooFar;

    /// At most a full turn.
    fn try_from(number: N) -> Result<Self, Self::Error> {
        let number = number.into();
        if number.abs() > 360.0 {
            return Err(TooFar);
        }
        Ok(Self(number))
    }
}

pub fn half(whole: i32) -> Result<Degrees, TooFar> {
    Degrees::try_from(whole).map(|Degrees(all)| Degrees(all / 2.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_enough() {
        assert_eq!(half(90), Ok(Degrees(45.0)));
        assert_eq!(Degrees::try_from(361.5), Err(TooFar));
    }
}
