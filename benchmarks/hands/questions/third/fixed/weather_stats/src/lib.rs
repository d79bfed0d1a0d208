#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub station: String,
    pub celsius: f64,
}

#[derive(Debug, PartialEq)]
pub struct Summary {
    pub coldest: f64,
    pub hottest: f64,
    pub median: f64,
}

pub fn summarize(readings: &[Reading]) -> Option<Summary> {
    let coldest = readings.iter().map(|r| r.celsius).min_by(|a, b| a.total_cmp(b))?;
    let hottest = readings.iter().map(|r| r.celsius).max_by(|a, b| a.total_cmp(b))?;

    let mut temps: Vec<f64> = readings.iter().map(|r| r.celsius).collect();
    temps.sort_by(|a, b| a.total_cmp(b));
    let mid = temps.len() / 2;
    let median = if temps.len() % 2 == 0 {
        (temps[mid - 1] + temps[mid]) / 2.0
    } else {
        temps[mid]
    };

    Some(Summary { coldest, hottest, median })
}

pub fn hottest_station(readings: &[Reading]) -> Option<&str> {
    readings
        .iter()
        .max_by(|a, b| a.celsius.total_cmp(&b.celsius))
        .map(|r| r.station.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(data: &[(&str, f64)]) -> Vec<Reading> {
        data.iter()
            .map(|(s, c)| Reading { station: s.to_string(), celsius: *c })
            .collect()
    }

    #[test]
    fn nothing_to_summarize() {
        assert_eq!(summarize(&[]), None);
        assert_eq!(hottest_station(&[]), None);
    }

    #[test]
    fn odd_and_even_median() {
        let three = readings(&[("a", 4.5), ("b", -3.0), ("c", 12.25)]);
        let s = summarize(&three).unwrap();
        assert_eq!(s, Summary { coldest: -3.0, hottest: 12.25, median: 4.5 });

        let two = readings(&[("a", 1.0), ("b", 2.0)]);
        assert_eq!(summarize(&two).unwrap().median, 1.5);
    }

    #[test]
    fn names_the_hottest() {
        let r = readings(&[("Oslo", 3.5), ("Rome", 18.0), ("Bern", 9.9)]);
        assert_eq!(hottest_station(&r), Some("Rome"));
    }
}
