//! Writes and reads values in few bytes: small numbers take one.

use std::collections::HashMap;
use std::fmt;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CodecError {
    TooShort { needed: usize, left: usize },
    TooLong,
    NotText,
}

impl fmt::Display for CodecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooShort { needed, left } => write!(f, "{needed} bytes needed, {left} left"),
            Self::TooLong => f.write_str("a number does not end"),
            Self::NotText => f.write_str("bytes are not UTF-8"),
        }
    }
}

impl From<std::str::Utf8Error> for CodecError {
    fn from(_: std::str::Utf8Error) -> Self {
        CodecError::NotText
    }
}

pub type Result<T> = std::result::Result<T, CodecError>;

pub struct Reader<'b> {
    bytes: &'b [u8],
}

impl<'b> Reader<'b> {
    pub fn new(bytes: &'b [u8]) -> Self {
        Reader { bytes }
    }

    pub fn take(&mut self, count: usize) -> Result<&'b [u8]> {
        if count > self.bytes.len() {
            return Err(CodecError::TooShort { needed: count, left: self.bytes.len() });
        }
        let (taken, rest) = self.bytes.split_at(count);
        self.bytes = rest;
        Ok(taken)
    }

    pub fn number(&mut self) -> Result<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(CodecError::TooLong)
    }

    pub fn text(&mut self) -> Result<&'b str> {
        let len = self.number()? as usize;
        let bytes = self.take(len)?;
        Ok(std::str::from_utf8(bytes)?)
    }

    pub fn read<T: Decode<'b>>(&mut self) -> Result<T> {
        T::decode(self)
    }
}

pub trait Encode {
    fn encode(&self, out: &mut Vec<u8>);

    fn to_bytes(&self) -> Vec<u8> {
        let mut out = Vec::new();
        self.encode(&mut out);
        out
    }
}

pub trait Decode<'b>: Sized {
    fn decode(reader: &mut Reader<'b>) -> Result<Self>;
}

impl Encode for u64 {
    fn encode(&self, out: &mut Vec<u8>) {
        let mut rest = *self;
        while rest >= 0x80 {
            out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        out.push(rest as u8);
    }
}

impl Encode for str {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.len() as u64).encode(out);
        out.extend_from_slice(self.as_bytes());
    }
}

impl<T: Encode> Encode for [T] {
    fn encode(&self, out: &mut Vec<u8>) {
        (self.len() as u64).encode(out);
        for item in self {
            item.encode(out);
        }
    }
}

impl<'b> Decode<'b> for u64 {
    fn decode(reader: &mut Reader<'b>) -> Result<Self> {
        reader.number()
    }
}

impl<'b> Decode<'b> for &'b str {
    fn decode(reader: &mut Reader<'b>) -> Result<Self> {
        reader.text()
    }
}

impl<'b, T: Decode<'b>> Decode<'b> for Vec<T> {
    fn decode(reader: &mut Reader<'b>) -> Result<Self> {
        let count: u64 = reader.read()?;
        (0..count).map(|_| T::decode(reader)).collect()
    }
}

/// Counts every name in a list of names, which borrow from the bytes.
pub fn tally<'b>(bytes: &'b [u8]) -> Result<HashMap<&'b str, usize>> {
    let mut reader = Reader::new(bytes);
    let names: Vec<&'b str> = reader.read()?;
    let mut counts = HashMap::with_capacity(names.len());
    for name in names {
        *counts.entry(name).or_insert(0) += 1;
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for number in [0, 127, 128, 300, u64::MAX] {
            let bytes = number.to_bytes();
            assert_eq!(Reader::new(&bytes).number(), Ok(number));
        }
        assert_eq!(300u64.to_bytes(), [0xac, 0x02]);
    }

    #[test]
    fn names_are_counted() {
        let mut bytes = Vec::new();
        3u64.encode(&mut bytes);
        for name in ["ann", "bob", "ann"] {
            name.encode(&mut bytes);
        }
        let counts = tally(&bytes).unwrap();
        assert_eq!(counts["ann"], 2);
        assert_eq!(counts.len(), 2);
    }

    #[test]
    fn damage_is_said() {
        assert_eq!(Reader::new(&[0x80; 11]).number(), Err(CodecError::TooLong));
        assert_eq!(Reader::new(&[1, 0xff]).text(), Err(CodecError::NotText));
        let short = Reader::new(&[5, 65]).text().unwrap_err();
        assert_eq!(short.to_string(), "5 bytes needed, 1 left");
        assert_eq!([1u64, 2].to_bytes(), [2, 1, 2]);
    }
}
