//! Cuts arithmetic text into tokens that borrow from it, and works out what it says.

use std::iter::Peekable;
use std::str::CharIndices;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Token<'a> {
    Number(f64),
    Name(&'a str),
    Op(char),
    Open,
    Close,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Trouble {
    Stray(char),
    Missing,
    Unknown(String),
}

pub struct Lexer<'a> {
    source: &'a str,
    chars: Peekable<CharIndices<'a>>,
}

impl<'a> Lexer<'a> {
    pub fn new(source: &'a str) -> Self {
        Lexer { source, chars: source.char_indices().peekable() }
    }

    fn word(&mut self, start: usize, fits: impl Fn(char) -> bool) -> &'a str {
        let mut end = start;
        while let Some(&(at, c)) = self.chars.peek() {
            if !fits(c) {
                break;
            }
            end = at + c.len_utf8();
            self.chars.next();
        }
        &self.source[start..end]
    }
}

impl<'a> Iterator for Lexer<'a> {
    type Item = Result<Token<'a>, Trouble>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.chars.next_if(|(_, c)| c.is_whitespace()).is_some() {}
        let &(at, c) = self.chars.peek()?;
        if c.is_ascii_digit() {
            let text = self.word(at, |c| c.is_ascii_digit() || c == '.');
            return Some(text.parse().map(Token::Number).map_err(|_| Trouble::Stray(c)));
        }
        if c.is_alphabetic() {
            return Some(Ok(Token::Name(self.word(at, char::is_alphanumeric))));
        }
        self.chars.next();
        match c {
            '(' => Some(Ok(Token::Open)),
            ')' => Some(Ok(Token::Close)),
            '+' | '-' | '*' | '/' => Some(Ok(Token::Op(c))),
            other => Some(Err(Trouble::Stray(other))),
        }
    }
}

/// Where names get their values.
pub trait Names {
    fn value(&self, name: &str) -> Option<f64>;
}

impl<const N: usize> Names for [(&str, f64); N] {
    fn value(&self, name: &str) -> Option<f64> {
        self.iter().find(|(known, _)| *known == name).map(|&(_, value)| value)
    }
}

pub struct Parser<'t, N> {
    tokens: &'t [Token<'t>],
    names: N,
}

impl<'t, N: Names> Parser<'t, N> {
    pub fn new(tokens: &'t [Token<'t>], names: N) -> Self {
        Parser { tokens, names }
    }

    fn take(&mut self) -> Option<Token<'t>> {
        let (first, rest) = self.tokens.split_first()?;
        self.tokens = rest;
        Some(*first)
    }

    fn binding(op: char) -> u8 {
        match op {
            '+' | '-' => 1,
            _ => 2,
        }
    }

    pub fn sum(&mut self, least: u8) -> Result<f64, Trouble> {
        let mut left = self.atom()?;
        while let Some(&Token::Op(op)) = self.tokens.first() {
            if Self::binding(op) < least {
                break;
            }
            self.take();
            let right = self.sum(Self::binding(op) + 1)?;
            left = match op {
                '+' => left + right,
                '-' => left - right,
                '*' => left * right,
                _ => left / right,
            };
        }
        Ok(left)
    }

    fn atom(&mut self) -> Result<f64, Trouble> {
        match self.take().ok_or(Trouble::Missing)? {
            Token::Number(value) => Ok(value),
            Token::Name(name) => self.names.value(name).ok_or_else(|| Trouble::Unknown(name.to_string())),
            Token::Open => {
                let inner = self.sum(1)?;
                match self.take() {
                    Some(Token::Close) => Ok(inner),
                    _ => Err(Trouble::Missing),
                }
            }
            Token::Op(op) => Err(Trouble::Stray(op)),
            Token::Close => Err(Trouble::Stray(')')),
        }
    }
}

pub fn evaluate(source: &str, names: impl Names) -> Result<f64, Trouble> {
    let tokens = Lexer::new(source).collect::<Result<Vec<_>, _>>()?;
    let mut parser = Parser::new(&tokens, names);
    parser.sum(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_borrow() {
        let text = String::from("rate * 2.5");
        let found: Vec<Token<'_>> = Lexer::new(&text).map(Result::unwrap).collect();
        assert_eq!(found, [Token::Name("rate"), Token::Op('*'), Token::Number(2.5)]);
    }

    #[test]
    fn precedence_holds() {
        assert_eq!(evaluate("1 + 2 * 3 - 4", []), Ok(3.0));
        assert_eq!(evaluate("(1 + 2) * x", [("x", 3.0)]), Ok(9.0));
        assert_eq!(evaluate("8 / 2 / 2", []), Ok(2.0));
    }

    #[test]
    fn trouble_is_named() {
        assert_eq!(evaluate("1 + ?", []), Err(Trouble::Stray('?')));
        assert_eq!(evaluate("(1", []), Err(Trouble::Missing));
        assert_eq!(evaluate("y", [("x", 1.0)]), Err(Trouble::Unknown("y".into())));
    }
}
