use std::fmt;

#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    Word(&str),
    Number(i64),
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Token::Word(word) => write!(f, "{word}"),
            Token::Number(number) => write!(f, "{number}"),
        }
    }
}

/// Splits a text at the signs in `gaps`.
pub struct Words {
    rest: &str,
    gaps: String,
}

impl Words {
    pub fn of(text: &str, gaps: &str) -> Self {
        Words { rest: text, gaps: gaps.to_string() }
    }

    pub fn rest(&self) -> &str {
        self.rest
    }

    pub fn gaps(&self) -> &str {
        &self.gaps
    }
}

impl Iterator for Words {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let text = self.rest.trim_start_matches(|sign| self.gaps.contains(sign));
        if text.is_empty() {
            return None;
        }
        let end = text.find(|sign| self.gaps.contains(sign)).unwrap_or(text.len());
        self.rest = &text[end..];
        let word = &text[..end];
        Some(word.parse().map(Token::Number).unwrap_or(Token::Word(word)))
    }
}

#[test]
fn words_outlive_their_reader() {
    let text = String::from("add 12,b");
    let (first, rest) = {
        let gaps = String::from(" ,");
        let mut words = Words::of(&text, &gaps);
        assert_eq!(words.gaps(), " ,");
        (words.next(), words.rest())
    };
    assert_eq!(first, Some(Token::Word("add")));
    assert_eq!(rest, " 12,b");
    assert_eq!(Words::of(&text, ", ").map(|one| one.to_string()).collect::<Vec<_>>(), ["add", "12", "b"]);
}
