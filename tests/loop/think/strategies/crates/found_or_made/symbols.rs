//! Names become numbers, and numbers names again.

use std::collections::{BTreeMap, HashMap};

#[derive(Default)]
struct Symbols {
    numbers: BTreeMap<String, usize>,
    scopes: HashMap<usize, Vec<String>>,
    next: usize,
}

impl Symbols {
    fn fresh(&mut self) -> usize {
        self.next += 1;
        self.next
    }

    fn number(&mut self, name: &str) -> usize {
        *self.numbers.entry(name.to_owned()).or_insert_with(|| self.fresh())
    }

    fn scope(&mut self, depth: usize) -> &mut Vec<String> {
        let known = self.scopes.get_mut(&depth);
        if let Some(names) = known {
            names.push(format!("again {depth}"));
            return names;
        }
        let first = self.fresh().to_string();
        self.scopes.insert(depth, vec![first]);
        self.scopes.get_mut(&depth).unwrap()
    }
}

/// Look a word up in a lexicon that grows.
fn meaning<'l>(lexicon: &'l mut HashMap<String, String>, word: &str) -> &'l String {
    let Some(found) = lexicon.get(word) else {
        lexicon.insert(word.to_owned(), format!("what {word} means"));
        return &lexicon[word];
    };
    found
}

#[test]
fn a_number_is_given_once() {
    let mut symbols = Symbols::default();
    assert_eq!([symbols.number("a"), symbols.number("b"), symbols.number("a")], [1, 2, 1]);
    assert_eq!(symbols.scope(0), &["3"]);
    assert_eq!(symbols.scope(0), &["3", "again 0"]);
    assert_eq!(symbols.next, 3);
}

#[test]
fn words_mean_something() {
    let mut lexicon = HashMap::new();
    assert_eq!(meaning(&mut lexicon, "tide"), "what tide means");
    lexicon.insert("tide".into(), "water".into());
    assert_eq!(meaning(&mut lexicon, "tide"), "water");
}
