use tempconv::{convert, Unit};

#[test]
fn there_and_back() {
    for v in [-40.0, 0.0, 36.6, 451.0] {
        let k = convert(v, Unit::Fahrenheit, Unit::Kelvin);
        let back = convert(k, Unit::Kelvin, Unit::Fahrenheit);
        assert!((back - v).abs() < 1e-9);
    }
}
