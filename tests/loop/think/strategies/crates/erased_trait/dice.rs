//! Dice that all give the same kind of number.
pub trait Dice {
    type Eyes;

    fn roll(&mut self) -> Self::Eyes;
}

pub struct Loaded(pub u8);
pub struct Rising(pub u8);

impl Dice for Loaded {
    type Eyes = u8;

    fn roll(&mut self) -> u8 {
        self.0
    }
}

impl Dice for Rising {
    type Eyes = u8;

    fn roll(&mut self) -> u8 {
        self.0 += 1;
        self.0
    }
}

pub fn total(dice: &mut [Box<dyn Dice>]) -> u8 {
    dice.iter_mut().map(|one| one.roll()).sum()
}

#[test]
fn dice_are_rolled() {
    assert_eq!(total(&mut [Box::new(Loaded(6)), Box::new(Rising(1))]), 8);
}
