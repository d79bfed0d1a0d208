use std::rc::Rc;

#[derive(Debug, Clone, PartialEq)]
pub struct Player {
    pub name: String,
    score: i32,
}

pub struct Team {
    players: Vec<Rc<Player>>,
}

impl Team {
    pub fn win(&self, points: i32) {
        for player in &self.players {
            player.score += points;
        }
    }

    pub fn best(&self) -> Option<String> {
        let best = self.players.iter().max_by_key(|player| player.score)?;
        Some(format!("{} {}", best.name, best.score))
    }
}

pub fn play() -> Option<String> {
    let ann = Rc::new(Player { name: "ann".into(), score: 3 });
    let team = Team { players: vec![ann.clone(), Rc::new(Player { name: "bob".into(), score: 1 })] };
    team.win(2);
    team.best().filter(|_| ann.score == 5)
}

#[test]
fn the_best_is_told() {
    assert_eq!(play(), Some("ann 5".to_string()));
}
