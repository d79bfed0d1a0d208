//! `Copy` and `Default` that a type derives, and the types in it do not.
pub mod game {
    #[derive(Debug, Clone, Copy, PartialEq)]
    pub struct Turn {
        pub by: Player,
        pub what: Option<Move>,
    }

    #[derive(Debug, PartialEq)]
    pub struct Player(pub u8);

    #[derive(PartialEq)]
    pub enum Move {
        Up,
        Down,
    }
}

#[derive(Debug, Default)]
pub struct Log {
    turns: Vec<game::Turn>,
    settings: Settings,
}

#[derive(Debug)]
struct Settings {
    limit: usize,
}

impl Log {
    pub fn note(&mut self, turn: game::Turn) -> usize {
        if self.turns.len() > self.settings.limit {
            self.turns.clear();
        }
        self.turns.push(turn);
        self.turns.push(turn);
        self.turns.len()
    }
}

#[test]
fn turns_are_noted_twice() {
    let turn = game::Turn { by: game::Player(1), what: Some(game::Move::Up) };
    assert_eq!(Log::default().note(turn), 2);
    assert!(turn.what != Some(game::Move::Down));
}
