//! Settings that are looked up.
use std::collections::HashMap;

pub struct Config(HashMap<String, String>);

impl Config {
    pub fn number(&self, key: &str) -> Result<u32, String> {
        let text = self.0.get(key)?;
        text.parse().map_err(|error: std::num::ParseIntError| error.to_string())
    }
}

pub fn first(line: &str) -> Result<u32, Box<dyn std::error::Error>> {
    let word = line.split(' ').next_back()?;
    Ok(word.parse::<u32>()?)
}

#[test]
fn lookups() {
    let config = Config([("a".to_string(), "1".to_string())].into());
    assert_eq!(config.number("a"), Ok(1));
    assert!(config.number("b").is_err());
    assert_eq!(first("one 2").unwrap(), 2);
}
