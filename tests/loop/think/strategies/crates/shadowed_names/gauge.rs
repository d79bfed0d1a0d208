//! Gauges and how they are shown.

use std::fmt::{Display, Formatter, Result};

#[derive(Debug, PartialEq)]
pub struct Gauge(pub f64);

impl Gauge {
    pub fn read(text: &str) -> Result<Self, String> {
        text.trim().parse().map(Gauge).map_err(|_| format!("{text}: not a number"))
    }

    fn pairs(all: &[&str]) -> Vec<Result<Gauge, String>> {
        all.iter().map(|one| Gauge::read(one)).collect()
    }
}

impl Display for Gauge {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        write!(f, "{:.1} bar", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_gauge_is_read() {
        assert_eq!(Gauge::read(" 2.25 ").unwrap().to_string(), "2.2 bar");
        assert!(Gauge::pairs(&["1", "x"])[1].is_err());
    }
}
