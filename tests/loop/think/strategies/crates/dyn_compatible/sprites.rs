//! Sprites are copied with the scene that they stand in.

pub trait Sprite: Clone + Send {
    fn place(&self) -> (i32, i32);
    fn shift(&mut self, by: i32);
}

#[derive(Clone)]
pub struct Tree(i32);

impl Sprite for Tree {
    fn place(&self) -> (i32, i32) {
        (self.0, 0)
    }
    fn shift(&mut self, by: i32) {
        self.0 += by;
    }
}

#[derive(Clone, Default)]
pub struct Scene {
    sprites: Vec<Box<dyn Sprite>>,
}

pub fn shifted(scene: &Scene, by: i32) -> Scene {
    let mut other = scene.clone();
    other.sprites.iter_mut().for_each(|sprite| sprite.shift(by));
    other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_scene_stays() {
        let scene = Scene { sprites: vec![Box::new(Tree(1))] };
        assert_eq!(shifted(&scene, 4).sprites[0].place(), (5, 0));
        assert_eq!(scene.sprites[0].place(), (1, 0));
    }
}
