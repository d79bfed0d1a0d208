use matrix::{identity, Matrix};

#[test]
fn it_changes_nothing() {
    let a = Matrix::from_rows([[1, 2], [3, 4]]);
    assert_eq!(a.times(&identity(2)), Ok(a));
    assert_eq!(identity(3).row(1), [0, 1, 0]);
}
