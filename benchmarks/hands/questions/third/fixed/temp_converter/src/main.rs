use tempconv::{convert, unit_from_letter, Unit};

/// Reads things like `21.5C`.
fn parse(text: &str) -> Option<(f64, Unit)> {
    let text = text.trim();
    let letter = text.chars().last()?;
    let unit = unit_from_letter(letter)?;
    let value = text[..text.len() - letter.len_utf8()].parse().ok()?;
    Some((value, unit))
}

fn main() {
    for arg in std::env::args().skip(1) {
        match parse(&arg) {
            Some((value, unit)) => {
                println!("{:.1}C", convert(value, unit, Unit::Celsius));
                println!("{:.1}F", convert(value, unit, Unit::Fahrenheit));
            }
            None => eprintln!("cannot read '{}'", arg),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_value_and_unit() {
        assert_eq!(parse("21.5C"), Some((21.5, Unit::Celsius)));
        assert_eq!(parse(" -40f "), Some((-40.0, Unit::Fahrenheit)));
    }

    #[test]
    fn rejects_nonsense() {
        assert_eq!(parse("warm"), None);
        assert_eq!(parse("12"), None);
        assert_eq!(parse(""), None);
    }
}
