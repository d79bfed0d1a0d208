use std::cmp::Ordering;
use std::collections::BTreeSet;

#[derive(Debug, PartialEq, Eq, Clone, Copy)]
pub struct Card {
    pub suit: char,
    pub rank: u8,
}

/// By rank, the suits of a rank as letters.
impl Ord for Card {
    fn cmp(&self, other: &Card) -> Ordering {
        self.rank.cmp(&other.rank).then_with(|| self.suit.cmp(&other.suit))
    }
}

pub fn sorted(cards: &[Card]) -> Vec<Card> {
    cards.iter().copied().collect::<BTreeSet<_>>().into_iter().collect()
}

#[test]
fn cards_are_sorted() {
    let (ace, two) = (Card { suit: 'a', rank: 14 }, Card { suit: 'z', rank: 2 });
    assert_eq!(sorted(&[ace, two]), [two, ace]);
    assert!(two < ace);
}
