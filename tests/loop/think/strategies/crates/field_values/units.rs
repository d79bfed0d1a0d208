//! Lengths that know their unit.

use std::marker::PhantomData;

pub struct Metre;

pub struct Length<U> {
    pub amount: f64,
    unit: PhantomData<U>,
}

impl<U> Length<U> {
    pub fn new(amount: f64) -> Self {
        Self { amount }
    }

    pub fn doubled(&self) -> Self {
        Length::new(2.0 * self.amount)
    }
}

#[test]
fn a_length_keeps_its_unit() {
    let length: Length<Metre> = Length::new(1.5);
    assert_eq!(length.doubled().amount, 3.0);
}
