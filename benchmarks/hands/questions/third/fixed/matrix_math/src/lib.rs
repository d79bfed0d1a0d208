use std::ops::{Add, Mul};

#[derive(Debug, Clone, PartialEq)]
pub struct Matrix<T> {
    rows: usize,
    cols: usize,
    data: Vec<T>,
}

impl<T> Matrix<T> {
    pub fn new(rows: usize, cols: usize, data: Vec<T>) -> Self {
        assert_eq!(rows * cols, data.len());
        Matrix { rows, cols, data }
    }

    pub fn get(&self, row: usize, col: usize) -> &T {
        &self.data[row * self.cols + col]
    }
}

impl<T: Add<Output = T> + Copy> Add for Matrix<T> {
    type Output = Matrix<T>;

    fn add(self, other: Matrix<T>) -> Matrix<T> {
        assert_eq!(self.rows, other.rows);
        assert_eq!(self.cols, other.cols);
        let mut data = Vec::with_capacity(self.data.len());
        for i in 0..self.data.len() {
            data.push(self.data[i] + other.data[i]);
        }
        Matrix::new(self.rows, self.cols, data)
    }
}

impl<T: Mul<Output = T> + Copy> Mul<T> for Matrix<T> {
    type Output = Matrix<T>;

    fn mul(self, factor: T) -> Matrix<T> {
        let data = self.data.iter().map(|x| *x * factor).collect();
        Matrix::new(self.rows, self.cols, data)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn adds_integers() {
        let a = Matrix::new(2, 2, vec![1, 2, 3, 4]);
        let b = Matrix::new(2, 2, vec![10, 20, 30, 40]);
        assert_eq!(a + b, Matrix::new(2, 2, vec![11, 22, 33, 44]));
    }

    #[test]
    fn scales_floats() {
        let m = Matrix::new(1, 3, vec![1.0, -2.0, 0.5]) * 2.0;
        assert_eq!(*m.get(0, 1), -4.0);
        assert_eq!(*m.get(0, 2), 1.0);
    }

    #[test]
    #[should_panic]
    fn shapes_must_agree() {
        let _ = Matrix::new(1, 2, vec![1, 2]) + Matrix::new(2, 1, vec![1, 2]);
    }
}
