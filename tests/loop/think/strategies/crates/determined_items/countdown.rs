//! Iterators of one's own.
pub struct Countdown { from: u32 }

impl Iterator for Countdown {
    fn next(&mut self) -> Option<u32> {
        if self.from == 0 { return None; }
        self.from -= 1;
        Some(self.from + 1)
    }
}

pub struct Deck { cards: Vec<String> }
impl IntoIterator for Deck {
    type Item = String;
    fn into_iter(self) -> Self::IntoIter { self.cards.into_iter() }
}
impl std::ops::Index<usize> for Deck {
    fn index(&self, i: usize) -> &String { &self.cards[i] }
}

pub fn sample() -> (u32, usize) {
    let deck = Deck { cards: vec!["ace".into(), "king".into()] };
    let first = deck[0].len();
    (Countdown { from: 4 }.filter(|n| n % 2 == 0).sum(), deck.into_iter().count() + first)
}
#[test]
fn t() { assert_eq!(sample(), (6, 5)); }
