//! Temperatures of a station.
use std::cmp::Reverse;

pub struct Station {
    pub readings: Vec<(String, f64)>,
}

impl Station {
    pub fn coldest(&self) -> Option<&(String, f64)> {
        self.readings.iter().min_by_key(|(_, degrees)| *degrees)
    }

    pub fn highest(&self) -> Option<f64> {
        self.readings.iter().map(|(_, degrees)| *degrees).max()
    }

    /// The warmest first.
    pub fn ranked(&self) -> Vec<&str> {
        let mut all: Vec<&(String, f64)> = self.readings.iter().collect();
        all.sort_by_key(|reading| Reverse(reading.1));
        all.iter().map(|reading| reading.0.as_str()).collect()
    }

    pub fn rounded(&self) -> Vec<f32> {
        let mut all: Vec<f32> = self.readings.iter().map(|one| one.1 as f32).collect();
        all.sort_unstable();
        all
    }

    pub fn mean(&self) -> f64 {
        let sum: f64 = self.readings.iter().map(|one| one.1).sum();
        sum / self.readings.len()
    }
}

#[test]
fn temperatures_are_ordered() {
    let station = Station { readings: vec![("a".into(), 2.5), ("b".into(), -1.0), ("c".into(), 7.0)] };
    assert_eq!(station.coldest().unwrap().0, "b");
    assert_eq!(station.highest(), Some(7.0));
    assert_eq!(station.ranked(), ["c", "a", "b"]);
    assert_eq!(station.rounded(), [-1.0, 2.5, 7.0]);
    assert!((station.mean() - 8.5 / 3.0).abs() < 1e-9);
}
