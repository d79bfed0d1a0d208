#[derive(Debug, Clone)]
struct Tower {
    x: f64,
    y: f64,
    range: f64,
    damage: u32,
}

#[derive(Debug, Clone)]
struct Enemy {
    x: f64,
    y: f64,
    hp: u32,
    speed: f64,
    reward: u32,
}

struct Game {
    towers: Vec<Tower>,
    enemies: Vec<Enemy>,
    gold: u32,
}

impl Game {
    fn new() -> Self {
        Game {
            towers: Vec::new(),
            enemies: Vec::new(),
            gold: 0,
        }
    }

    /// Sum of the damage of every tower that can reach the point.
    fn damage_at(&self, x: f64, y: f64) -> u32 {
        self.towers
            .iter()
            .filter(|t| ((t.x - x).powi(2) + (t.y - y).powi(2)).sqrt() <= t.range)
            .map(|t| t.damage)
            .sum()
    }

    fn tick(&mut self) {
        // towers shoot first, then everybody who is still alive walks
        for i in 0..self.enemies.len() {
            let damage = self.damage_at(self.enemies[i].x, self.enemies[i].y);
            let enemy = &mut self.enemies[i];
            enemy.hp = enemy.hp.saturating_sub(damage);
            if enemy.hp == 0 {
                self.gold += enemy.reward;
            } else {
                enemy.x += enemy.speed;
            }
        }
        self.enemies.retain(|e| e.hp > 0);
    }
}

fn main() {
    let mut game = Game::new();
    game.towers.push(Tower { x: 5.0, y: 1.0, range: 3.0, damage: 4 });
    game.enemies.push(Enemy { x: 0.0, y: 0.0, hp: 10, speed: 1.5, reward: 7 });

    for turn in 1..=8 {
        game.tick();
        println!("turn {}: {} enemies, {} gold", turn, game.enemies.len(), game.gold);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn enemy(x: f64, hp: u32) -> Enemy {
        Enemy { x, y: 0.0, hp, speed: 1.0, reward: 5 }
    }

    #[test]
    fn enemy_out_of_range_only_walks() {
        let mut game = Game::new();
        game.towers.push(Tower { x: 50.0, y: 0.0, range: 2.0, damage: 3 });
        game.enemies.push(enemy(0.0, 10));
        game.tick();
        assert_eq!(game.enemies[0].hp, 10);
        assert_eq!(game.enemies[0].x, 1.0);
    }

    #[test]
    fn two_towers_add_up_and_kill_pays() {
        let mut game = Game::new();
        game.towers.push(Tower { x: 0.0, y: 1.0, range: 2.0, damage: 3 });
        game.towers.push(Tower { x: 0.0, y: -1.0, range: 2.0, damage: 4 });
        game.enemies.push(enemy(0.0, 7));
        game.enemies.push(enemy(0.5, 8));
        game.tick();
        assert_eq!(game.enemies.len(), 1);
        assert_eq!(game.enemies[0].hp, 1);
        assert_eq!(game.enemies[0].x, 1.5);
        assert_eq!(game.gold, 5);
    }
}
