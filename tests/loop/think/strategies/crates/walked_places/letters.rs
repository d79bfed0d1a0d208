#[derive(Default)]
pub struct Trie {
    root: Option<Box<Branch>>,
}

struct Branch {
    letter: char,
    end: bool,
    below: Option<Box<Branch>>,
    beside: Option<Box<Branch>>,
}

impl Trie {
    pub fn store(&mut self, letter: char) {
        let mut place = self.root;
        while let Some(branch) = place {
            place = match branch.letter < letter {
                true => branch.below,
                false => branch.beside,
            };
        }
        place = Some(Box::new(Branch { letter, end: true, below: None, beside: None }));
    }

    pub fn lowest(&self) -> Option<char> {
        let mut at = self.root?;
        while let Some(next) = at.below {
            at = next;
        }
        at.end.then_some(at.letter)
    }
}

#[test]
fn it_is_found() {
    let mut trie = Trie::default();
    "maze".chars().for_each(|letter| trie.store(letter));
    assert_eq!(trie.lowest(), Some('z'));
}
