use matrix::Matrix;

#[test]
fn the_diagonal_is_summed() {
    assert_eq!(Matrix::from_rows([[1, 9], [9, 5]]).trace(), Some(6));
    assert_eq!(Matrix::from_rows([[1, 2]]).trace(), None);
    assert_eq!(Matrix::from_rows([[1.5, 0.0], [0.0, 2.0]]).trace(), Some(3.5));
}
