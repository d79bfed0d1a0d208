//! Filters of a sound desk, of kinds that are not known here.

mod filters {
    /// A filter.
    pub trait Filter: std::fmt::Debug {
        /// The name in the list.
        fn name(&self) -> String;
        fn neutral() -> Self;
        // Two of a kind can be one.
        fn joined(&self, other: &Self) -> Self
        where
            Self: PartialEq;
        fn each<F: FnMut(f32)>(&self, samples: &[f32], mut f: F) {
            for one in samples {
                f(self.step(*one));
            }
        }
        fn step(&self, sample: f32) -> f32;
    }
}

use filters::Filter;

#[derive(Debug, PartialEq, Clone)]
pub struct Gain(pub f32);

impl Filter for Gain {
    fn name(&self) -> String {
        format!("gain {}", self.0)
    }
    fn neutral() -> Self {
        Gain(1.0)
    }
    fn joined(&self, other: &Self) -> Self {
        Gain(self.0 * other.0)
    }
    fn step(&self, sample: f32) -> f32 {
        sample * self.0
    }
}

pub struct Desk {
    rack: Vec<Box<dyn Filter>>,
}

impl Desk {
    pub fn run(&self, sample: f32) -> f32 {
        self.rack.iter().fold(sample, |now, filter| filter.step(now))
    }
}

#[test]
fn the_rack_runs_in_order() {
    let desk = Desk { rack: vec![Box::new(Gain(2.0)), Box::new(Gain::neutral()), Box::new(Gain(3.0))] };
    assert_eq!(desk.run(1.0), 6.0);
    assert_eq!(desk.rack[0].name(), "gain 2");
    let mut heard = Vec::new();
    Gain(2.0).joined(&Gain(2.0)).each(&[1.0, 2.0], |one| heard.push(one));
    assert_eq!(heard, [4.0, 8.0]);
}
