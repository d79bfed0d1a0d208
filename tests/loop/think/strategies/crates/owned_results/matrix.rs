//! Rows of numbers, and where they are largest.

#[derive(Debug, Clone, PartialEq)]
pub struct Peak {
    at: usize,
}

mod sums {
    use super::Peak;

    pub fn row_sums(rows: &[Vec<i32>]) -> &[i32] {
        let sums: Vec<i32> = rows.iter().map(|row| row.iter().sum()).collect();
        &sums[..]
    }

    pub fn peak(rows: &[Vec<i32>]) -> Result<&Peak, String> {
        let sums = row_sums(rows);
        let most = sums.iter().max().ok_or("no rows")?;
        let peak = Peak { at: sums.iter().position(|one| one == most).unwrap_or(0) };
        Ok(&peak)
    }
}

#[test]
fn the_largest_is_found() {
    let rows = [vec![1, 2], vec![5], vec![]];
    assert_eq!(sums::row_sums(&rows), &[3, 5, 0]);
    assert_eq!(sums::peak(&rows).map(|peak| peak.at), Ok(1));
    assert!(sums::peak(&[]).is_err());
}
