//! A cursor over a lexer that others go on to use.

struct Lexer<'t> {
    text: &'t str,
}

impl<'t> Lexer<'t> {
    fn word(&mut self) -> Option<&'t str> {
        let text = self.text.trim_start();
        let end = text.find(' ').unwrap_or(text.len());
        let (word, rest) = text.split_at(end);
        self.text = rest;
        (!word.is_empty()).then_some(word)
    }
}

struct Cursor<'t> {
    lexer: &'t mut Lexer<'t>,
    taken: usize,
}

impl<'t> Cursor<'t> {
    fn on(lexer: &'t mut Lexer<'t>) -> Self {
        Cursor { lexer, taken: 0 }
    }

    fn take(&mut self, count: usize) -> Vec<&'t str> {
        self.taken += count;
        (0..count).filter_map(|_| self.lexer.word()).collect()
    }
}

fn three<'t>(lexer: &'t mut Lexer<'t>) -> Vec<&'t str> {
    let mut cursor: Cursor<'t> = Cursor::on(lexer);
    let mut found = cursor.take(1);
    found.extend(cursor.take(2));
    found
}

#[test]
fn the_lexer_goes_on() {
    let mut lexer = Lexer { text: "a b c d e" };
    assert_eq!(three(&mut lexer), ["a", "b", "c"]);
    assert_eq!(Cursor::on(&mut lexer).take(1), ["d"]);
    assert_eq!(lexer.word(), Some("e"));
}
