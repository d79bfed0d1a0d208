pub fn smallest<T: PartialOrd>(grid: &[Vec<T>]) -> &T {
    let mut least = grid[0][0];
    for row in grid {
        for cell in row {
            if cell < least {
                least = cell;
            }
        }
    }
    least
}

#[test]
fn it_is_the_least() {
    assert_eq!(*smallest(&[vec![3, 2], vec![5, 1]]), 1);
    assert_eq!(*smallest(&[vec![0.5]]), 0.5);
}
