//! Tags and levels for the lines of a log, made from whatever text there is.

use std::convert::TryFrom;
use std::fmt;

/// A tag: lower case, without blanks at the ends.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag(String);

impl AsRef<str> for Tag {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<S: AsRef<str>> From<S> for Tag {
    fn from(text: S) -> Self {
        Tag(text.as_ref().trim().to_lowercase())
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    Info,
    Warning,
    Error,
}

#[derive(Debug, PartialEq)]
pub struct UnknownLevel(pub String);

impl fmt::Display for UnknownLevel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no level is called {:?}", self.0)
    }
}

impl std::error::Error for UnknownLevel {}

impl<T: Into<Tag>> TryFrom<T> for Level {
    type Error = UnknownLevel;

    fn try_from(text: T) -> Result<Self, Self::Error> {
        let tag: Tag = text.into();
        match tag.as_ref() {
            "info" => Ok(Level::Info),
            "warn" | "warning" => Ok(Level::Warning),
            "error" => Ok(Level::Error),
            other => Err(UnknownLevel(other.to_owned())),
        }
    }
}

/// Read `level: tag, tag, ...`.
pub fn read(line: &str) -> Result<(Level, Vec<Tag>), UnknownLevel> {
    let (level, tags) = line.split_once(':').unwrap_or((line, ""));
    let level = Level::try_from(level)?;
    let mut tags: Vec<Tag> = tags.split(',').map(Tag::from).collect();
    tags.retain(|tag| !tag.as_ref().is_empty());
    tags.sort();
    Ok((level, tags))
}
