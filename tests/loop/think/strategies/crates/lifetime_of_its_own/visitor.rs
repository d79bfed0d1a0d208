//! A visitor with a context of its own.

pub struct Context<'s> {
    seen: Vec<&'s str>,
    depth: usize,
}

pub struct Visitor<'s, F: Fn(&str) -> bool> {
    context: &'s mut Context<'s>,
    keep: F,
}

impl<'s, F: Fn(&str) -> bool> Visitor<'s, F> {
    pub fn visit(&mut self, words: &'s str) {
        self.context.depth += 1;
        for word in words.split(' ').filter(|word| (self.keep)(word)) {
            self.context.seen.push(word);
        }
    }
}

impl<'s, F: Fn(&str) -> bool> Drop for Visitor<'s, F> {
    fn drop(&mut self) {
        self.context.depth -= 1;
    }
}

pub fn long_words(text: &str) -> (usize, usize) {
    let mut context = Context { seen: Vec::new(), depth: 0 };
    {
        let mut visitor = Visitor { context: &mut context, keep: |word: &str| word.len() > 3 };
        visitor.visit(text);
    }
    (context.seen.len(), context.depth)
}

#[test]
fn long_ones_are_kept() {
    assert_eq!(long_words("some of the words"), (2, 0));
}
