//! Days by what they are asked for; branches with iterators of their own types.
pub mod days {
    pub fn free(year: &[u16], only_even: bool) -> impl Iterator<Item = u16> + '_ {
        if only_even {
            year.iter().copied().filter(|day| day % 2 == 0)
        } else {
            year.iter().copied()
        }
    }
}

pub fn last_free(year: &[u16], only_even: bool) -> Option<u16> {
    days::free(year, only_even).next_back()
}

pub fn free_days(year: &[u16]) -> usize {
    days::free(year, false).len()
}

#[test]
fn free_days_are_found() {
    assert_eq!(last_free(&[2, 4, 7], true), Some(4));
    assert_eq!(last_free(&[2, 4, 7], false), Some(7));
    assert_eq!(free_days(&[1, 2]), 2);
}
