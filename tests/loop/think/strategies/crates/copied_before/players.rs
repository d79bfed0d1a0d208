//! Players take turns, and the names of those who win are kept.

use std::collections::HashMap;

struct Player {
    name: String,
    points: u32,
    strategy: Box<dyn Fn(u32) -> u32>,
}

impl Player {
    fn name(&self) -> &str {
        &self.name
    }
}

struct Game {
    players: HashMap<u8, Player>,
    winners: Vec<String>,
    turns: u32,
}

impl Game {
    fn crown(&mut self, name: &str, points: u32) {
        self.winners.push(format!("{name} ({points})"));
    }

    fn turn(&mut self, who: u8) -> u32 {
        match self.players.get(&who) {
            Some(player) => {
                self.turns += 1;
                let gained = (player.strategy)(self.turns);
                // only who has enough wins
                if gained > 1 {
                    self.crown(player.name(), player.points);
                }
                self.turns + player.points
            }
            None => 0,
        }
    }
}

#[test]
fn the_better_one_is_crowned() {
    let player = |name: &str, points| Player { name: name.into(), points, strategy: Box::new(|turn| turn) };
    let mut game = Game { players: HashMap::from([(1, player("ada", 4)), (2, player("bob", 7))]), winners: vec![], turns: 0 };
    assert_eq!([game.turn(1), game.turn(2), game.turn(3)], [5, 9, 0]);
    assert_eq!(game.winners, ["bob (7)"]);
}
