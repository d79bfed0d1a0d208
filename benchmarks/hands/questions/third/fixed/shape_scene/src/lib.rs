//! Drawing program: a scene holds shapes of all sorts, undo keeps copies of it.

pub trait Shape {
    fn area(&self) -> f64;
    fn scale(&mut self, factor: f64);
    fn label(&self) -> String;
    fn clone_box(&self) -> Box<dyn Shape>;
}

impl Clone for Box<dyn Shape> {
    fn clone(&self) -> Self {
        // through the trait object, or this would call itself
        (**self).clone_box()
    }
}

#[derive(Debug, Clone)]
pub struct Circle {
    pub radius: f64,
}

#[derive(Debug, Clone)]
pub struct Rect {
    pub w: f64,
    pub h: f64,
}

impl Shape for Circle {
    fn area(&self) -> f64 {
        std::f64::consts::PI * self.radius * self.radius
    }
    fn scale(&mut self, factor: f64) {
        self.radius *= factor;
    }
    fn label(&self) -> String {
        format!("circle r={}", self.radius)
    }
    fn clone_box(&self) -> Box<dyn Shape> {
        Box::new(self.clone())
    }
}

impl Shape for Rect {
    fn area(&self) -> f64 {
        self.w * self.h
    }
    fn scale(&mut self, factor: f64) {
        self.w *= factor;
        self.h *= factor;
    }
    fn label(&self) -> String {
        format!("rect {}x{}", self.w, self.h)
    }
    fn clone_box(&self) -> Box<dyn Shape> {
        Box::new(self.clone())
    }
}

#[derive(Clone, Default)]
pub struct Scene {
    pub shapes: Vec<Box<dyn Shape>>,
}

#[derive(Default)]
pub struct Editor {
    pub scene: Scene,
    history: Vec<Scene>,
}

impl Editor {
    pub fn add(&mut self, shape: Box<dyn Shape>) {
        self.history.push(self.scene.clone());
        self.scene.shapes.push(shape);
    }

    pub fn scale_all(&mut self, factor: f64) {
        self.history.push(self.scene.clone());
        for shape in self.scene.shapes.iter_mut() {
            shape.scale(factor);
        }
    }

    pub fn undo(&mut self) -> bool {
        match self.history.pop() {
            Some(old) => {
                self.scene = old;
                true
            }
            None => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn undo_restores_the_old_sizes() {
        let mut ed = Editor::default();
        ed.add(Box::new(Rect { w: 2.0, h: 3.0 }));
        ed.add(Box::new(Circle { radius: 1.0 }));
        ed.scale_all(2.0);
        assert_eq!(ed.scene.shapes[0].area(), 24.0);
        assert_eq!(ed.scene.shapes[1].label(), "circle r=2");
        assert!(ed.undo());
        assert_eq!(ed.scene.shapes[0].label(), "rect 2x3");
        assert_eq!(ed.scene.shapes[1].label(), "circle r=1");
    }

    #[test]
    fn undo_stops_at_the_empty_scene() {
        let mut ed = Editor::default();
        ed.add(Box::new(Circle { radius: 1.0 }));
        assert!(ed.undo());
        assert!(ed.scene.shapes.is_empty());
        assert!(!ed.undo());
    }
}
