//! Meters in a module, and their readings as numbers.
pub mod meters {
    pub trait Meter {
        type Value: Into<f64>;

        fn value(&self) -> Self::Value;
    }

    impl Meter for u8 {
        type Value = u8;

        fn value(&self) -> u8 {
            *self
        }
    }

    impl Meter for f32 {
        type Value = f32;

        fn value(&self) -> f32 {
            *self
        }
    }
}

use meters::Meter;

#[derive(Default)]
pub struct Panel {
    meters: Vec<Box<dyn Meter>>,
}

impl Panel {
    pub fn add<M: Meter>(&mut self, meter: M) {
        self.meters.push(Box::new(meter));
    }

    pub fn sum(&self) -> f64 {
        let mut sum = 0.0;
        for meter in &self.meters {
            let value: f64 = meter.value().into();
            sum += value;
        }
        sum
    }
}

#[test]
fn meters_are_added() {
    let mut panel = Panel::default();
    panel.add(3_u8);
    panel.add(0.5_f32);
    assert_eq!(panel.sum(), 3.5);
}
