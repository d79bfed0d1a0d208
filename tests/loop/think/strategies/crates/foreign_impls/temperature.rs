impl f64 {
    /// From Celsius.
    pub fn fahrenheit(self) -> f64 {
        self * 1.8 + 32.0
    }

    pub fn between(self, low: f64, mut high: f64) -> bool {
        high += f64::EPSILON;
        (low..high).contains(&self)
    }
}

pub fn is_fever(celsius: f64) -> bool {
    celsius.fahrenheit().between(100.4, 115.0)
}

#[test]
fn it_is_a_fever() {
    assert!(is_fever(39.0));
    assert!(!is_fever(36.6));
}
