//! Little parsers that are added up with `+` to larger ones.

use std::ops::Add;

/// What is still to be read.
pub struct Input<'t> {
    rest: &'t str,
}

/// A parser that gives an `O`, or nothing.
pub struct Parser<O> {
    method: Box<dyn Fn(&mut Input) -> Option<O>>,
}

impl<O> Parser<O> {
    pub fn new<F>(method: F) -> Self
    where
        F: Fn(&mut Input) -> Option<O> + 'static,
    {
        Parser { method: Box::new(method) }
    }

    /// Parse the whole of a text.
    pub fn parse(&self, text: &str) -> Option<O> {
        let mut input = Input { rest: text };
        let output = self.run(&mut input)?;
        input.rest.is_empty().then_some(output)
    }

    fn run(&self, input: &mut Input) -> Option<O> {
        (self.method)(input)
    }

    /// The output, turned into something else.
    pub fn map<P>(self, turn: impl Fn(O) -> P) -> Parser<P> {
        Parser::new(move |input| self.run(input).map(turn))
    }

    /// Where this parser does not match: nothing is read, and the output is `other`.
    pub fn or(self, other: O) -> Parser<O> {
        Parser::new(move |input| {
            let before = input.rest;
            self.run(input).or_else(|| {
                input.rest = before;
                Some(other)
            })
        })
    }
}

impl<A, B> Add<Parser<B>> for Parser<A> {
    type Output = Parser<(A, B)>;

    fn add(self, next: Parser<B>) -> Self::Output {
        Parser::new(move |input| Some((self.run(input)?, next.run(input)?)))
    }
}

/// A number.
pub fn number() -> Parser<u32> {
    Parser::new(|input| {
        let end = input.rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(input.rest.len());
        let (digits, rest) = input.rest.split_at(end);
        let number = digits.parse().ok()?;
        input.rest = rest;
        Some(number)
    })
}

/// Just this word.
pub fn word(word: &'static str) -> Parser<()> {
    Parser::new(move |input| {
        input.rest = input.rest.strip_prefix(word)?;
        Some(())
    })
}
