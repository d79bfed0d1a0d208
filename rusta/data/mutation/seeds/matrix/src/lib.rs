//! Small dense matrices over anything that adds and multiplies.

use std::fmt;
use std::ops::{Add, Index, IndexMut, Mul};

#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<T> {
    rows: usize,
    columns: usize,
    cells: Vec<T>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape(pub usize, pub usize);

#[derive(Debug, PartialEq, Eq)]
pub struct Mismatch {
    pub left: Shape,
    pub right: Shape,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let Mismatch { left, right } = self;
        write!(f, "{}x{} does not go with {}x{}", left.0, left.1, right.0, right.1)
    }
}

impl<T: Copy + Default> Matrix<T> {
    pub fn new(rows: usize, columns: usize) -> Self {
        Matrix { rows, columns, cells: vec![T::default(); rows * columns] }
    }

    pub fn from_rows<const R: usize, const C: usize>(rows: [[T; C]; R]) -> Self {
        let cells: Vec<T> = rows.iter().flatten().copied().collect();
        Matrix { rows: R, columns: C, cells }
    }

    pub fn shape(&self) -> Shape {
        Shape(self.rows, self.columns)
    }

    pub fn row(&self, row: usize) -> &[T] {
        let start = row * self.columns;
        &self.cells[start..start + self.columns]
    }

    pub fn rows(&self) -> impl Iterator<Item = &[T]> + '_ {
        self.cells.chunks(self.columns)
    }

    pub fn transposed(&self) -> Matrix<T> {
        let mut turned = Matrix::new(self.columns, self.rows);
        for row in 0..self.rows {
            for column in 0..self.columns {
                turned[(column, row)] = self[(row, column)];
            }
        }
        turned
    }

    pub fn swap_rows(&mut self, upper: usize, lower: usize) {
        if upper == lower {
            return;
        }
        let (upper, lower) = if upper < lower { (upper, lower) } else { (lower, upper) };
        let width = self.columns;
        let (head, tail) = self.cells.split_at_mut(lower * width);
        let above = &mut head[upper * width..(upper + 1) * width];
        above.swap_with_slice(&mut tail[..width]);
    }

    pub fn map<U, F: Fn(T) -> U>(&self, change: F) -> Matrix<U> {
        let cells = self.cells.iter().map(|&cell| change(cell)).collect();
        Matrix { rows: self.rows, columns: self.columns, cells }
    }
}

impl<T: Copy + Default + Add<Output = T> + Mul<Output = T>> Matrix<T> {
    pub fn times(&self, other: &Matrix<T>) -> Result<Matrix<T>, Mismatch> {
        if self.columns != other.rows {
            return Err(Mismatch { left: self.shape(), right: other.shape() });
        }
        let mut product = Matrix::new(self.rows, other.columns);
        for row in 0..self.rows {
            for column in 0..other.columns {
                let mut sum = T::default();
                for inner in 0..self.columns {
                    sum = sum + self[(row, inner)] * other[(inner, column)];
                }
                product[(row, column)] = sum;
            }
        }
        Ok(product)
    }

    pub fn scale(&mut self, factor: T) {
        for cell in self.cells.iter_mut() {
            *cell = *cell * factor;
        }
    }

    pub fn power(&self, times: u32) -> Result<Matrix<T>, Mismatch> {
        let mut result = self.clone();
        for _ in 1..times {
            result = result.times(self)?;
        }
        Ok(result)
    }
}

impl<T> Index<(usize, usize)> for Matrix<T> {
    type Output = T;

    fn index(&self, (row, column): (usize, usize)) -> &T {
        &self.cells[row * self.columns + column]
    }
}

impl<T> IndexMut<(usize, usize)> for Matrix<T> {
    fn index_mut(&mut self, (row, column): (usize, usize)) -> &mut T {
        &mut self.cells[row * self.columns + column]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products() {
        let a = Matrix::from_rows([[1, 2], [3, 4], [5, 6]]);
        let b = a.transposed();
        assert_eq!(b.row(0), [1, 3, 5]);
        assert_eq!(b.times(&a).unwrap(), Matrix::from_rows([[35, 44], [44, 56]]));
        assert_eq!(a.times(&a).unwrap_err().to_string(), "3x2 does not go with 3x2");
    }

    #[test]
    fn rows_change_places() {
        let mut a = Matrix::from_rows([[1, 1], [2, 2], [3, 3]]);
        a.swap_rows(2, 0);
        assert_eq!(a.rows().map(|row| row[0]).collect::<Vec<_>>(), [3, 2, 1]);
        a.scale(2);
        assert_eq!(a[(0, 1)], 6);
    }

    #[test]
    fn fibonacci_by_power() {
        let step = Matrix::from_rows([[1u64, 1], [1, 0]]);
        assert_eq!(step.power(10).unwrap()[(0, 1)], 55);
        assert_eq!(step.map(|cell| cell as f32 / 2.0)[(0, 0)], 0.5);
    }
}
