#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Token<'a> {
    Word(&'a str),
    Number(i64),
    Pair { key: &'a str, value: i64 },
}

/// The tokens of a line, whatever its case.
pub fn tokens<'a>(line: &str) -> Vec<Token<'a>> {
    let lower = line.to_lowercase();
    let mut found = Vec::new();
    for part in lower.split_whitespace() {
        if let Some((key, value)) = part.split_once('=') {
            found.push(Token::Pair { key, value: value.parse().unwrap_or(0) });
        } else {
            match part.parse() {
                Ok(number) => found.push(Token::Number(number)),
                Err(_) => found.push(Token::Word(part)),
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_reads() {
        let found = tokens("Push 3 depth=2");
        assert!(matches!(&found[0], Token::Word(word) if word.len() == 4));
        assert_eq!(found[1], Token::Number(3));
        assert!(matches!(&found[2], Token::Pair { value: 2, .. }));
    }
}
