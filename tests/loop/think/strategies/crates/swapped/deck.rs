//! A deck of cards.
pub struct Deck {
    cards: Vec<String>,
}

impl Deck {
    pub fn new(cards: &[&str]) -> Self {
        Deck { cards: cards.iter().map(|card| card.to_string()).collect() }
    }

    pub fn cut(&mut self, one: usize, other: usize) {
        std::mem::swap(&mut self.cards[one], &mut self.cards[other]);
    }

    pub fn top(&self) -> &str {
        &self.cards[0]
    }
}

#[test]
fn cards_are_swapped() {
    let mut deck = Deck::new(&["a", "b"]);
    deck.cut(0, 1);
    assert_eq!(deck.top(), "b");
}
