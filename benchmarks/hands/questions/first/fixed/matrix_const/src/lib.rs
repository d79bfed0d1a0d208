//! Matrices whose size the compiler knows.

use std::ops::{Index, Mul};

/// `R` rows, `C` columns. By default all cells are nought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Matrix<const R: usize, const C: usize> {
    cells: [[f64; C]; R],
}

impl<const R: usize, const C: usize> Default for Matrix<R, C> {
    fn default() -> Self {
        Matrix { cells: [[0.0; C]; R] }
    }
}

impl<const R: usize, const C: usize> Matrix<R, C> {
    pub fn new(cells: [[f64; C]; R]) -> Self {
        Matrix { cells }
    }

    pub fn row(&self, row: usize) -> [f64; C] {
        self.cells[row]
    }

    pub fn column(&self, column: usize) -> [f64; R] {
        self.cells.map(|row| row[column])
    }

    /// Rows become columns.
    pub fn transposed(&self) -> Matrix<C, R> {
        let mut turned = Matrix::default();
        for row in 0..R {
            for column in 0..C {
                turned.cells[column][row] = self.cells[row][column];
            }
        }
        turned
    }
}

impl<const R: usize, const C: usize> Index<(usize, usize)> for Matrix<R, C> {
    type Output = f64;

    fn index(&self, (row, column): (usize, usize)) -> &f64 {
        &self.cells[row][column]
    }
}

/// Only matrices that fit can be multiplied: the left one has as many columns as the right one rows.
impl<const R: usize, const N: usize, const C: usize> Mul<Matrix<N, C>> for Matrix<R, N> {
    type Output = Matrix<R, C>;

    fn mul(self, right: Matrix<N, C>) -> Matrix<R, C> {
        let mut product = Matrix::default();
        for row in 0..R {
            for column in 0..C {
                let pairs = self.row(row).into_iter().zip(right.column(column));
                product.cells[row][column] = pairs.map(|(a, b)| a * b).sum();
            }
        }
        product
    }
}
