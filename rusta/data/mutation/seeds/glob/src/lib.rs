//! Matches names against patterns with `*`, `?` and `[a-z]`, and keeps lists of rules.

use std::borrow::Cow;

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Exactly(char),
    Any,
    Star,
    OneOf { ranges: Vec<(char, char)>, negated: bool },
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    parts: Vec<Part>,
    source: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadPattern(pub String);

impl Part {
    fn fits(&self, c: char) -> bool {
        match self {
            Part::Exactly(wanted) => *wanted == c,
            Part::Any => true,
            Part::Star => false,
            Part::OneOf { ranges, negated } => {
                let inside = ranges.iter().any(|(low, high)| (*low..=*high).contains(&c));
                inside != *negated
            }
        }
    }
}

impl Pattern {
    pub fn new(source: &str) -> Result<Self, BadPattern> {
        let mut parts = Vec::new();
        let mut chars = source.chars();
        while let Some(c) = chars.next() {
            let part = match c {
                '?' => Part::Any,
                '*' => Part::Star,
                '[' => Self::class(&mut chars).ok_or_else(|| BadPattern(source.to_string()))?,
                other => Part::Exactly(other),
            };
            if part != Part::Star || parts.last() != Some(&Part::Star) {
                parts.push(part);
            }
        }
        Ok(Pattern { parts, source: source.to_string() })
    }

    fn class(chars: &mut std::str::Chars<'_>) -> Option<Part> {
        let mut ranges = Vec::new();
        let mut negated = false;
        let mut next = chars.next()?;
        if next == '!' {
            negated = true;
            next = chars.next()?;
        }
        while next != ']' {
            let low = next;
            next = chars.next()?;
            if next == '-' {
                let high = chars.next()?;
                ranges.push((low, high));
                next = chars.next()?;
            } else {
                ranges.push((low, low));
            }
        }
        Some(Part::OneOf { ranges, negated })
    }

    pub fn source(&self) -> &str {
        &self.source
    }

    pub fn matches(&self, name: &str) -> bool {
        let name: Vec<char> = name.chars().collect();
        let (mut part, mut at) = (0, 0);
        let mut star: Option<(usize, usize)> = None;
        while at < name.len() {
            match self.parts.get(part) {
                Some(Part::Star) => {
                    star = Some((part, at));
                    part += 1;
                }
                Some(found) if found.fits(name[at]) => {
                    part += 1;
                    at += 1;
                }
                _ => match star.as_mut() {
                    Some((after, from)) => {
                        *from += 1;
                        part = *after + 1;
                        at = *from;
                    }
                    None => return false,
                },
            }
        }
        self.parts[part..].iter().all(|rest| *rest == Part::Star)
    }
}

/// Rules in order; the last that matches decides.
#[derive(Debug, Default)]
pub struct Rules {
    rules: Vec<(Pattern, bool)>,
}

impl Rules {
    pub fn parse(text: &str) -> Result<Self, BadPattern> {
        let mut rules = Vec::new();
        for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (pattern, ignored) = match line.strip_prefix('!') {
                Some(rest) => (rest, false),
                None => (line, true),
            };
            rules.push((Pattern::new(pattern)?, ignored));
        }
        Ok(Rules { rules })
    }

    pub fn deciding(&self, name: &str) -> Option<&Pattern> {
        let found = self.rules.iter().rev().find(|(pattern, _)| pattern.matches(name));
        found.map(|(pattern, _)| pattern)
    }

    pub fn ignores(&self, name: &str) -> bool {
        let name = plain(name);
        self.rules.iter().rev().find(|(pattern, _)| pattern.matches(&name)).is_some_and(|(_, ignored)| *ignored)
    }

    pub fn kept<'n>(&self, names: &[&'n str]) -> Vec<&'n str> {
        names.iter().copied().filter(|name| !self.ignores(name)).collect()
    }
}

fn plain(name: &str) -> Cow<'_, str> {
    if name.contains('\\') {
        Cow::Owned(name.replace('\\', "/"))
    } else {
        Cow::Borrowed(name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_and_classes() {
        let pattern = Pattern::new("*.r[a-su]?t").unwrap();
        assert!(pattern.matches("x.rust"));
        assert!(!pattern.matches("x.rtst"));
        assert!(Pattern::new("a**b").unwrap().matches("a__b"));
        assert!(Pattern::new("[!0-9]*").unwrap().matches("z9"));
        assert_eq!(Pattern::new("[a"), Err(BadPattern("[a".to_string())));
    }

    #[test]
    fn the_last_rule_decides() {
        let rules = Rules::parse("*.log\n\n!keep.log\n").unwrap();
        assert_eq!(rules.kept(&["a.log", "keep.log", "a.rs"]), ["keep.log", "a.rs"]);
        assert_eq!(rules.deciding("keep.log").map(Pattern::source), Some("keep.log"));
        assert!(rules.deciding("a.rs").is_none());
    }

    #[test]
    fn backslashes_count_as_slashes() {
        let rules = Rules::parse("target/*").unwrap();
        assert!(rules.ignores("target\\debug"));
    }
}
