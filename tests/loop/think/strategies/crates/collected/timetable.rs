//! Departures: a list that only exists if every line can be read.
use std::collections::BTreeMap;
use std::num::ParseIntError;

#[derive(Debug, PartialEq)]
pub struct Departure(u16);

fn departure(line: &str) -> Result<Departure, ParseIntError> {
    Ok(Departure(line.trim().parse()?))
}

pub struct Table {
    pub all: Vec<Departure>,
}

impl Table {
    pub fn read(text: &str) -> Result<Self, ParseIntError> {
        // one a line
        let all: Vec<Departure> = text.lines().map(departure).collect();
        Ok(Table { all })
    }

    pub fn read_inline(text: &str) -> Result<Self, ParseIntError> {
        Ok(Table {
            all: text.split(',').map(|one| departure(one)).collect(),
        })
    }
}

pub fn platforms(text: &str) -> Result<BTreeMap<char, u8>, ParseIntError> {
    let found = text
        .lines()
        .map(|line| Ok((line.chars().next().unwrap_or(' '), line[1..].parse()?)))
        .collect::<BTreeMap<char, u8>>();
    Ok(found)
}

pub fn total(text: &str) -> Result<u32, ParseIntError> {
    let sum: u32 = text.split('+').map(|part| part.parse::<u32>()).sum();
    Ok(sum)
}

#[test]
fn one_bad_line_is_the_result() {
    assert_eq!(Table::read("1\n 2").unwrap().all, [Departure(1), Departure(2)]);
    assert!(Table::read("1\nx").is_err());
    assert!(Table::read_inline("1,x").is_err());
    assert_eq!(platforms("a1\nb2").unwrap()[&'b'], 2);
    assert!(platforms("ax").is_err());
    assert_eq!((total("1+2").unwrap(), total("1+").is_err()), (3, true));
}
