use std::fmt;
use std::num::ParseIntError;

#[derive(Debug, PartialEq)]
struct Workout {
    sport: String,
    minutes: u32,
    meters: u32,
}

#[derive(Debug, PartialEq)]
enum LogError {
    MissingField(&'static str),
    BadNumber(ParseIntError),
}

impl fmt::Display for LogError {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            LogError::MissingField(name) => write!(f, "missing field: {}", name),
            LogError::BadNumber(e) => write!(f, "bad number: {}", e),
        }
    }
}

impl std::error::Error for LogError {}

impl From<ParseIntError> for LogError {
    fn from(e: ParseIntError) -> Self {
        LogError::BadNumber(e)
    }
}

/// A line looks like `run, 32, 5400`.
fn parse_line(line: &str) -> Result<Workout, LogError> {
    let mut parts = line.split(',').map(|p| p.trim());
    let sport = parts
        .next()
        .filter(|s| !s.is_empty())
        .ok_or(LogError::MissingField("sport"))?;
    let minutes = parts
        .next()
        .ok_or(LogError::MissingField("minutes"))?
        .parse::<u32>()?;
    let meters = parts
        .next()
        .ok_or(LogError::MissingField("meters"))?
        .parse::<u32>()?;
    Ok(Workout { sport: sport.to_string(), minutes, meters })
}

fn total_minutes(text: &str) -> Result<u32, LogError> {
    let mut total = 0;
    for line in text.lines().filter(|l| !l.trim().is_empty()) {
        total += parse_line(line)?.minutes;
    }
    Ok(total)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let text = "run, 32, 5400\nswim, 45, 1500\n\nrun, 28, 5000\n";
    for line in text.lines().filter(|l| !l.is_empty()) {
        let w = parse_line(line)?;
        println!("{}: {} m in {} min", w.sport, w.meters, w.minutes);
    }
    println!("total: {} minutes", total_minutes(text)?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_line() {
        let w = parse_line("swim, 45,1500").unwrap();
        assert_eq!(w, Workout { sport: "swim".to_string(), minutes: 45, meters: 1500 });
    }

    #[test]
    fn says_what_is_missing() {
        assert_eq!(parse_line("run, 10"), Err(LogError::MissingField("meters")));
        assert_eq!(parse_line(""), Err(LogError::MissingField("sport")));
    }

    #[test]
    fn bad_numbers_are_reported() {
        assert!(matches!(parse_line("run, ten, 5"), Err(LogError::BadNumber(_))));
        let err = total_minutes("run, 5, 1\nrun, 5, x").unwrap_err();
        assert!(err.to_string().starts_with("bad number: "));
    }

    #[test]
    fn sums_up() {
        assert_eq!(total_minutes("run, 30, 1\n\nrun, 12, 1\n"), Ok(42));
    }
}
