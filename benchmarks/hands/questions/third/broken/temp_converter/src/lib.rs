#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Unit {
    Celsius,
    Fahrenheit,
    Kelvin,
}

pub fn unit_from_letter(letter: char) -> Option<Unit> {
    match letter.to_ascii_uppercase() {
        'C' => Some(Unit::Celsius),
        'F' => Some(Unit::Fahrenheit),
        'K' => Some(Unit::Kelvin),
        _ => None,
    }
}

pub fn convert(value: f64, from: Unit, to: Unit) -> f64 {
    let celsius = match from {
        Unit::Celsius => value,
        Unit::Fahrenheit => (value - 32.0) * 5.0 / 9.0,
        Unit::Kelvin => value - 273.15,
    };
    match to {
        Unit::Celsius => celsius,
        Unit::Fahrenheit => celsius * 9.0 / 5.0 + 32.0,
        Unit::Kelvin => celsius + 273.15,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn boiling_point() {
        assert_eq!(convert(100.0, Unit::Celsius, Unit::Fahrenheit), 212.0);
        assert_eq!(convert(212.0, Unit::Fahrenheit, Unit::Celsius), 100.0);
    }

    #[test]
    fn letters() {
        assert_eq!(unit_from_letter('k'), Some(Unit::Kelvin));
        assert_eq!(unit_from_letter('x'), None);
    }
}
