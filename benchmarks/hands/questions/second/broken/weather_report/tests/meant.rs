use std::collections::HashMap;
use weather_report::{tally, Station};

fn station(name: &str, readings: &[i32]) -> Station {
    Station { name: name.to_string(), readings: readings.to_vec() }
}

#[test]
fn lines() {
    assert_eq!(station("Oslo", &[-3, 2]).line(), "* Oslo: cold");
    assert_eq!(station("Rome", &[26, 27, 31]).line(), "* Rome: hot");
    assert_eq!(station("Bern", &[12, 13]).line(), "* Bern: 12.5");
    assert_eq!(station("Mars", &[]).line(), "* Mars: no data");
    assert_eq!(station("Bern", &[1, 2]).mean(), 1.5);
}

#[test]
fn tallies() {
    let mut counts = HashMap::from([("Oslo".to_string(), 4)]);
    let stations = [station("Oslo", &[1, 2]), station("Rome", &[9]), station("Oslo", &[0])];
    assert_eq!(tally(&stations, &mut counts), 7);
    assert_eq!(counts["Oslo"], 7);
    assert_eq!(counts["Rome"], 1);
}
