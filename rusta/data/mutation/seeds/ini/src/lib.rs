//! Reads INI text without copying it: sections, keys and values borrow from the source.

use std::collections::BTreeMap;
use std::fmt;

/// What is wrong, and on which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IniError {
    Unclosed { line: usize },
    NoEquals { line: usize, text: String },
    Twice { line: usize, key: String },
}

impl fmt::Display for IniError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            IniError::Unclosed { line } => write!(f, "line {line}: a section is not closed"),
            IniError::NoEquals { line, text } => write!(f, "line {line}: no '=' in {text:?}"),
            IniError::Twice { line, key } => write!(f, "line {line}: {key} is set twice"),
        }
    }
}

impl std::error::Error for IniError {}

#[derive(Debug, Default)]
pub struct Section<'a> {
    name: &'a str,
    values: BTreeMap<&'a str, &'a str>,
}

impl<'a> Section<'a> {
    pub fn new(name: &'a str) -> Self {
        Section { name, values: BTreeMap::new() }
    }

    pub fn name(&self) -> &'a str {
        self.name
    }

    pub fn get(&self, key: &str) -> Option<&'a str> {
        self.values.get(key).copied()
    }

    pub fn number<T: std::str::FromStr>(&self, key: &str) -> Option<T> {
        self.get(key).and_then(|value| value.parse::<T>().ok())
    }
}

#[derive(Debug)]
pub struct Ini<'a> {
    sections: Vec<Section<'a>>,
}

impl<'a> Ini<'a> {
    pub fn parse(source: &'a str) -> Result<Ini<'a>, IniError> {
        let mut sections = vec![Section::new("")];
        for (index, raw) in source.lines().enumerate() {
            let line = index + 1;
            let text = without_comment(raw);
            if text.is_empty() {
                continue;
            }
            if let Some(rest) = text.strip_prefix('[') {
                let name = rest.strip_suffix(']').ok_or(IniError::Unclosed { line })?;
                sections.push(Section::new(name.trim()));
                continue;
            }
            let (key, value) = split(text).ok_or_else(|| IniError::NoEquals { line, text: text.to_string() })?;
            let current = sections.last_mut().expect("there is always a section");
            if current.values.insert(key, value).is_some() {
                return Err(IniError::Twice { line, key: key.to_string() });
            }
        }
        Ok(Ini { sections })
    }

    pub fn section(&self, name: &str) -> Option<&Section<'a>> {
        self.sections.iter().find(|section| section.name() == name)
    }

    pub fn longest_key(&self) -> &'a str {
        let mut longest = "";
        for section in &self.sections {
            for key in section.values.keys() {
                longest = longer(longest, key);
            }
        }
        longest
    }

    pub fn into_owned(self) -> Vec<(String, String)> {
        let mut pairs = Vec::new();
        for section in self.sections {
            for (key, value) in section.values {
                let path = if section.name.is_empty() { key.to_owned() } else { format!("{}.{}", section.name, key) };
                pairs.push((path, value.to_owned()));
            }
        }
        pairs
    }
}

fn longer<'a>(left: &'a str, right: &'a str) -> &'a str {
    if right.len() > left.len() { right } else { left }
}

fn split(text: &str) -> Option<(&str, &str)> {
    let (key, value) = text.split_once('=')?;
    Some((key.trim(), value.trim()))
}

fn without_comment(line: &str) -> &str {
    line.split(';').next().unwrap_or("").trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "color = red ; why not\n[server]\nport=8080\nhost = local\n";

    #[test]
    fn values_are_found() {
        let ini = Ini::parse(TEXT).unwrap();
        assert_eq!(ini.section("").unwrap().get("color"), Some("red"));
        let server = ini.section("server").unwrap();
        assert_eq!(server.number::<u16>("port"), Some(8080));
        assert_eq!(server.number::<u16>("host"), None);
        assert_eq!(ini.longest_key(), "color");
    }

    #[test]
    fn what_was_read_outlives_the_ini() {
        let name = { Ini::parse(TEXT).unwrap().section("server").unwrap().name() };
        assert_eq!(name, "server");
        let pairs = Ini::parse(TEXT).unwrap().into_owned();
        assert_eq!(pairs[1], ("server.host".to_string(), "local".to_string()));
    }

    #[test]
    fn errors_name_the_line() {
        assert_eq!(Ini::parse("[x").unwrap_err(), IniError::Unclosed { line: 1 });
        assert_eq!(Ini::parse("\nzero").unwrap_err().to_string(), "line 2: no '=' in \"zero\"");
        assert!(matches!(Ini::parse("a=1\na=2"), Err(IniError::Twice { line: 2, .. })));
    }
}
