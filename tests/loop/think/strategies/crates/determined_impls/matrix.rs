//! Matrices with an index of two numbers.
use std::ops::{Index, IndexMut};
#[derive(Debug, Clone)]
pub struct Matrix { w: usize, data: Vec<f64> }
impl Matrix {
    pub fn zero(w: usize, h: usize) -> Self { Matrix { w, data: vec![0.0; w * h] } }
    pub fn transposed(&self) -> Matrix {
        let h = self.data.len() / self.w;
        let out = Matrix::zero(h, self.w);
        for y in 0..h { for x in 0..self.w { out[(y, x)] = self[(x, y)]; } }
        out
    }
}
impl Index<(usize, usize)> for Matrix {
    fn index(&self, (x, y): (usize, usize)) -> &f64 { &self.data[y * self.w + x] }
}
#[test]
fn t() {
    let mut m = Matrix::zero(2, 1);
    m[(1, 0)] = 5.0;
    assert_eq!(m.transposed()[(0, 1)], 5.0);
}
