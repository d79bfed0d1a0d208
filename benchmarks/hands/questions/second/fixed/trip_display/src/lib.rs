use std::fmt;

#[derive(Clone, Debug)]
pub struct Stop {
    pub name: String,
    pub minutes: u32,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}", self.name)
    }
}

struct Stops<'a>(&'a [Stop]);

impl fmt::Display for Stops<'_> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        for (i, stop) in self.0.iter().enumerate() {
            if i > 0 {
                write!(f, " > ")?;
            }
            write!(f, "{}", stop)?;
        }
        Ok(())
    }
}

impl Trip {
    fn minutes(&self) -> u32 {
        self.stops.iter().map(|s| s.minutes).sum()
    }
}

pub struct Trip {
    pub line: u8,
    pub stops: Vec<Stop>,
}

impl Trip {
    pub fn is_longer_than(&self, other: &Trip) -> bool {
        self.minutes() > other.minutes()
    }
}

impl fmt::Display for Trip {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}: {} ({} min)", self.line, Stops(&self.stops), self.minutes())
    }
}
