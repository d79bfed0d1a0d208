//! Lines of a protocol, read from anything.

use std::io::{BufRead, Error, ErrorKind, Result};

#[derive(Debug)]
pub struct Cut(pub usize);

impl std::fmt::Display for Cut {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cut after {}", self.0)
    }
}

impl Error for Cut {}

pub fn first(input: &mut dyn BufRead) -> Result<String> {
    let mut line = String::new();
    if input.read_line(&mut line)? == 0 {
        return Err(Error::new(ErrorKind::UnexpectedEof, "nothing"));
    }
    Ok(line)
}

pub fn number(line: &str) -> Result<u32, Box<dyn Error>> {
    Ok(line.trim().parse()?)
}

pub fn whole(line: &str) -> Result<&str, Cut> {
    line.strip_suffix('\n').ok_or(Cut(line.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let line = first(&mut &b"17\nx"[..]).unwrap();
        assert_eq!(number(&line).unwrap(), 17);
        assert_eq!(whole(&line).unwrap(), "17");
        assert_eq!(whole("ab").unwrap_err().to_string(), "cut after 2");
        assert!(first(&mut &b""[..]).is_err());
    }
}
