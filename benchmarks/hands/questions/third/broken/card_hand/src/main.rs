use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq)]
enum Rank {
    Ten,
    Jack,
    Queen,
    King,
    Ace,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Suit {
    Hearts,
    Spades,
}

#[derive(Debug, Clone, Copy, PartialEq)]
struct Card {
    rank: Rank,
    suit: Suit,
}

#[derive(Debug, PartialEq)]
enum Hand {
    HighCard,
    Pair(Rank),
    TwoPairs,
    Three(Rank),
    Four(Rank),
}

fn classify(cards: &[Card]) -> Hand {
    let mut counts: HashMap<Rank, usize> = HashMap::new();
    for card in cards {
        *counts.entry(card.rank).or_insert(0) += 1;
    }

    let mut pairs = Vec::new();
    let mut best = Hand::HighCard;
    for (rank, n) in counts {
        match n {
            4 => return Hand::Four(rank),
            3 => best = Hand::Three(rank),
            2 => pairs.push(rank),
            _ => {}
        }
    }
    if best != Hand::HighCard {
        return best;
    }
    match pairs.len() {
        0 => Hand::HighCard,
        1 => Hand::Pair(pairs[0]),
        _ => Hand::TwoPairs,
    }
}

fn main() {
    let hand = [
        Card { rank: Rank::Ace, suit: Suit::Hearts },
        Card { rank: Rank::Ten, suit: Suit::Spades },
        Card { rank: Rank::Queen, suit: Suit::Hearts },
        Card { rank: Rank::Jack, suit: Suit::Hearts },
        Card { rank: Rank::Ace, suit: Suit::Spades },
        Card { rank: Rank::King, suit: Suit::Spades },
    ];
    println!("{:?} is {:?}", hand, classify(&hand));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hand(ranks: &[Rank]) -> Vec<Card> {
        ranks.iter().map(|r| Card { rank: *r, suit: Suit::Hearts }).collect()
    }

    #[test]
    fn single_pair() {
        let cards = hand(&[Rank::Ten, Rank::Queen, Rank::Jack, Rank::Queen]);
        assert_eq!(classify(&cards), Hand::Pair(Rank::Queen));
    }

    #[test]
    fn two_pairs_and_nothing() {
        let cards = hand(&[Rank::Ten, Rank::Ace, Rank::Ten, Rank::Ace]);
        assert_eq!(classify(&cards), Hand::TwoPairs);
        assert_eq!(classify(&hand(&[Rank::Ten, Rank::King])), Hand::HighCard);
    }

    #[test]
    fn three_beats_pair() {
        let cards = hand(&[Rank::King, Rank::Ten, Rank::King, Rank::Ten, Rank::King]);
        assert_eq!(classify(&cards), Hand::Three(Rank::King));
        assert_eq!(classify(&hand(&[Rank::Ace; 4])), Hand::Four(Rank::Ace));
    }
}
