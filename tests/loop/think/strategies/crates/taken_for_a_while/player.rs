//! A game whose current scene changes the game.

use std::cell::Cell;

pub struct Scene {
    name: &'static str,
    steps: u32,
    touched: Cell<bool>,
    act: Box<dyn Fn(&mut Game) -> u32>,
}

impl Scene {
    fn step(&mut self, game: &mut Game) {
        self.steps += 1;
        self.touched.set(true);
        game.points += (self.act)(game);
    }
}

pub struct Game {
    scene: Option<Scene>,
    points: u32,
}

impl Game {
    fn tick(&mut self) {
        if let Some(scene) = &mut self.scene {
            scene.step(self);
            self.cheer(scene.name.len() as u32);
        }
    }

    fn cheer(&mut self, by: u32) {
        self.points += by;
    }
}

#[test]
fn a_scene_scores() {
    let act = Box::new(|game: &mut Game| game.points + 1);
    let mut game = Game { scene: Some(Scene { name: "sea", steps: 0, touched: Cell::new(false), act }), points: 0 };
    game.tick();
    game.tick();
    assert_eq!(game.points, 12);
    assert_eq!(game.scene.map(|scene| (scene.steps, scene.touched.get())), Some((2, true)));
}
