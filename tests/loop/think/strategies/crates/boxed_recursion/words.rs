#[derive(Default)]
pub struct Words {
    word: String,
    before: Option<Words>,
    after: Option<Words>,
}

impl Words {
    pub fn of(word: &str) -> Self {
        Words { word: word.to_string(), ..Default::default() }
    }

    pub fn add(&mut self, word: &str) {
        let side = if word < self.word.as_str() { &mut self.before } else { &mut self.after };
        match side {
            Some(words) => words.add(word),
            None => *side = Some(Words::of(word)),
        }
    }

    pub fn count(&self) -> usize {
        let side = |words: &Option<Box<Words>>| words.as_ref().map_or(0, |words| words.count());
        1 + side(&self.before) + side(&self.after)
    }
}

#[test]
fn words_are_counted() {
    let mut words = Words::of("mint");
    words.add("dill");
    words.add("rue");
    words.add("anise");
    assert_eq!(words.count(), 4);
}
