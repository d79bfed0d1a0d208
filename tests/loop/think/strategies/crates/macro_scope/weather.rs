//! What a weather station measures.

use std::collections::BTreeMap;

pub fn limits() -> BTreeMap<&'static str, i32> {
    table! {
        "frost" => 0,
        "storm" => 90,
    }
}

impl Station {
    /// Note a value, unless it is out of range.
    pub fn note(&mut self, value: i32) -> bool {
        keep!(value, -60, 60);
        self.seen.len() > 1
    }
}

#[derive(Default)]
pub struct Station {
    pub seen: Vec<i32>,
}

/// A map from literal keys.
macro_rules! table {
    ($($key:literal => $value:expr),+) => {{
        let mut map = BTreeMap::new();
        $(map.insert($key, $value);)+
        map
    }};
}

// A value is kept between two others.
macro_rules! keep {
    ($value:expr, $low:expr, $high:expr) => {
        if ($low..=$high).contains(&$value) {
            self.seen.push($value);
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_noted() {
        let mut station = Station::default();
        assert!(!station.note(7));
        assert!(!station.note(99));
        assert!(station.note(-3));
        assert_eq!(station.seen, [7, -3]);
        assert_eq!(limits()["storm"], 90);
    }
}
