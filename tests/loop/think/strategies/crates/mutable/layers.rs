//! A trait of the crate whose method comes to change its layer, below two structs and a list of boxes.
pub trait Layer {
    fn draw(&self, on: &Canvas) -> bool;
}

#[derive(Default)]
pub struct Canvas {
    cells: Vec<char>,
    strokes: usize,
}

impl Canvas {
    fn set(&self, at: usize, sign: char) -> bool {
        let Some(cell) = self.cells.get(at) else { return false };
        *cell = sign;
        self.strokes += 1;
        true
    }
}

pub struct Line(pub usize, pub usize);

pub struct Stamp {
    at: usize,
    left: u8,
}

impl Layer for Line {
    fn draw(&self, on: &Canvas) -> bool {
        (self.0..self.1).all(|at| on.set(at, '-'))
    }
}

impl Layer for Stamp {
    fn draw(&self, on: &Canvas) -> bool {
        if self.left == 0 {
            return false;
        }
        self.left -= 1;
        on.set(self.at, '*')
    }
}

pub struct Drawing {
    layers: Vec<Box<dyn Layer>>,
    canvas: Canvas,
}

impl Drawing {
    pub fn draw_all(&mut self) -> usize {
        let mut drawn = 0;
        for layer in &self.layers {
            drawn += usize::from(layer.draw(&self.canvas));
        }
        drawn
    }
}

#[test]
fn a_stamp_is_used_up() {
    let canvas = Canvas { cells: vec![' '; 4], strokes: 0 };
    let mut drawing = Drawing { layers: vec![Box::new(Line(0, 2)), Box::new(Stamp { at: 3, left: 1 })], canvas };
    assert_eq!((drawing.draw_all(), drawing.draw_all()), (2, 1));
    assert_eq!(drawing.canvas.cells, ['-', '-', ' ', '*']);
    assert_eq!(drawing.canvas.strokes, 5);
}
