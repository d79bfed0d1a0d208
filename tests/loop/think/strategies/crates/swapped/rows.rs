//! Rows of a picture, turned upside down.
pub mod picture {
    use std::mem;

    pub fn flipped(mut rows: Vec<Vec<u8>>) -> Vec<Vec<u8>> {
        let last = rows.len() - 1;
        for n in 0..rows.len() / 2 {
            mem::swap(&mut rows[n], &mut rows[last - n]);
        }
        rows
    }
}

#[test]
fn rows_are_flipped() {
    assert_eq!(picture::flipped(vec![vec![1], vec![2], vec![3]]), [[3], [2], [1]]);
}
