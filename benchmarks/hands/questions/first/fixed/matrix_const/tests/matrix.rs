use matrix_const::Matrix;

#[test]
fn sizes_follow_the_rules() {
    let a = Matrix::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    let product: Matrix<2, 2> = a * a.transposed();
    assert_eq!(product, Matrix::new([[14.0, 32.0], [32.0, 77.0]]));
    assert_eq!((a.transposed() * a).row(0), [17.0, 22.0, 27.0]);
}

#[test]
fn parts_can_be_read() {
    let a = Matrix::new([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]);
    assert_eq!(a.column(2), [3.0, 6.0]);
    assert_eq!(a.row(1), [4.0, 5.0, 6.0]);
    assert_eq!(a[(1, 0)], 4.0);
    assert_eq!(Matrix::<2, 3>::default() * a.transposed(), Matrix::default());
}
